"""The words that templates may look up."""

from flask import Flask

from marketplace import messages
from marketplace.notes import note_text


def teach(app: Flask) -> None:
    """Give templates the tables of words."""
    app.jinja_env.globals.update(
        STATUSES=messages.STATUSES,
        STANDINGS=messages.STANDINGS,
        ACTIONS=messages.ACTIONS,
        DOING=messages.DOING,
        CONFIRMATIONS=messages.CONFIRMATIONS,
        WHY_NOT=messages.WHY_NOT,
        TREATMENTS=messages.TREATMENTS,
        LINE_WARNINGS=messages.LINE_WARNINGS,
        REASONS=messages.REASONS,
        FIELD_SOURCES=messages.FIELD_SOURCES,
        STEP_LABELS=messages.STEP_LABELS,
        guidance_for=messages.guidance_for,
    )
    app.add_template_filter(note_text)
