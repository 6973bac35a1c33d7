"""What went wrong is put into words that say what to do."""

from flask import Flask

from marketplace.guidance import Step, guidance_for
from sync.errors import ErrorCode


def test_who_comes_second_to_a_rule_is_told_where_its_invoice_is_and_may_close_the_window(app: Flask) -> None:
    with app.test_request_context():
        guidance = guidance_for(ErrorCode.RULE_WAS_FIRST)
        said = str(guidance.text)

    assert guidance.step is Step.CLOSE
    assert all(part in said for part in ("in the panel", "open the window again"))
