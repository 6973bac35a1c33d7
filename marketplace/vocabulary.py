"""The words that templates may look up."""

from flask import Flask

from marketplace import (
    deed_words,
    guidance,
    messages,
    preference_words,
    problem_words,
    rule_words,
    standing_words,
    steps,
    timeline_words,
)
from sync.domain import rules


def teach(app: Flask) -> None:
    """Give templates the tables of words."""
    app.jinja_env.globals.update(
        STATUSES=messages.STATUSES,
        STANDINGS=messages.STANDINGS,
        TREATMENTS=messages.TREATMENTS,
        REASONS=messages.REASONS,
        ENTITIES=preference_words.ENTITIES,
        TROUBLES=preference_words.TROUBLES,
        DUE_RULES=preference_words.DUE_RULES,
        CREATE_AS=preference_words.CREATE_AS,
        field_text=preference_words.field_text,
        due_text=preference_words.due_text,
        change_text=preference_words.change_text,
        RULES=rule_words.RULES,
        would_text=rule_words.would_text,
        REACTIONS=rule_words.REACTIONS,
        REACTIONS_OF=rules.REACTIONS,
        STAGE_LABELS=rule_words.STAGE_LABELS,
        STEP_LABELS=steps.STEP_LABELS,
        guidance_for=guidance.guidance_for,
        ACTIONS=deed_words.ACTIONS,
        DOING=deed_words.DOING,
        CONFIRMATIONS=deed_words.CONFIRMATIONS,
        invoice_name=deed_words.invoice_name,
        question_title=deed_words.question_title,
        question_text=deed_words.question_text,
        why_not_text=deed_words.why_not_text,
        problem_guidance=problem_words.problem_guidance,
        problem_rule=problem_words.problem_rule,
        detail_text=problem_words.detail_text,
        TROUBLE_WORDS=standing_words.TROUBLES,
        case_texts=standing_words.case_texts,
        entry_texts=timeline_words.entry_texts,
        actor_text=timeline_words.actor_text,
    )
