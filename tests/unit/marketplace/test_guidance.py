"""What went wrong is put into words that say what to do."""

import pytest
from flask import Flask, g

from marketplace.guidance import guidance_for
from marketplace.problem_words import detail_text
from marketplace.steps import Step
from sync.errors import ErrorCode
from tests.unit.marketplace.test_timeline import a_person


def test_who_comes_second_to_a_rule_is_told_where_its_invoice_is_and_may_close_the_window(app: Flask) -> None:
    with app.test_request_context():
        guidance = guidance_for(ErrorCode.RULE_WAS_FIRST)
        said = str(guidance.text)

    assert guidance.step is Step.CLOSE
    assert all(part in said for part in ("in the panel", "open the window again"))


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        (ErrorCode.PERIOD_LOCKED, "2026-10-31", "31 oct. 2026"),
        (ErrorCode.PERIOD_LOCKED, "The period is locked.", "The period is locked."),
        (ErrorCode.XERO_REFUSED, "2026-10-31", "2026-10-31"),
        (None, "", ""),
    ],
)
def test_a_lock_date_is_written_as_the_reader_writes_days(
    app: Flask, code: ErrorCode | None, detail: str, said: str
) -> None:
    with app.test_request_context():
        g.person = a_person(language="fr", locale="fr_FR")

        assert detail_text(code, detail) == said
