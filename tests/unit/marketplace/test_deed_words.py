"""What people read about the things that can be done with an invoice."""

from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask

from marketplace.deed_words import ACTIONS, CONFIRMATIONS, DOING, done_text, question_text, question_title, why_not_text
from sync.domain.actions import Action, ActionChoice
from sync.domain.invoice import Status
from sync.errors import ErrorCode
from tests.unit.marketplace.examples import INVOICE

BRIGHTWATER = replace(INVOICE, contact_name="Brightwater Studio Ltd.")
VOID = ActionChoice(Action.VOID, ErrorCode.HAS_PAYMENTS)


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_name_and_says_while_it_runs(action: Action, app: Flask) -> None:
    with app.test_request_context():
        assert str(ACTIONS[action])
        assert str(DOING[action]).endswith(" …")


@pytest.mark.parametrize("action", CONFIRMATIONS)
def test_what_cannot_be_undone_is_asked_with_number_amount_and_customer(action: Action, app: Flask) -> None:
    with app.test_request_context():
        text = question_text(action, BRIGHTWATER)

        assert "INV-0045" in question_title(action, BRIGHTWATER)
        assert "€1,190.00" in text
        assert "Brightwater Studio Ltd." in text
        assert ".." not in text
        assert "cannot" in text


def test_submitting_can_be_taken_back_and_is_not_asked() -> None:
    assert Action.SUBMIT not in CONFIRMATIONS


@pytest.mark.parametrize("action", [Action.SUBMIT, Action.APPROVE, Action.VOID, Action.DELETE, Action.EMAIL])
def test_what_was_done_is_told_by_number(action: Action, app: Flask) -> None:
    with app.test_request_context():
        assert "INV-0045" in done_text(action, BRIGHTWATER)


@pytest.mark.parametrize(
    ("paid", "credited", "words"),
    [
        ("400", "0", "€400.00 is paid. In Xero, remove the payment first"),
        ("0", "50", "€50.00 is credited. In Xero, take the credit off it first"),
        ("400", "50", "€400.00 is paid and €50.00 credited. In Xero, take both off it first"),
    ],
)
def test_money_on_an_invoice_is_named_with_what_to_undo(app: Flask, paid: str, credited: str, words: str) -> None:
    invoice = replace(INVOICE, amount_paid=Decimal(paid), amount_credited=Decimal(credited))

    with app.test_request_context():
        assert why_not_text(VOID, invoice).startswith(words)


@pytest.mark.parametrize(
    "code", [ErrorCode.NOT_ALLOWED, ErrorCode.NOT_ALLOWED_IN_XERO, ErrorCode.WRONG_STATUS, ErrorCode.HAS_PAYMENTS]
)
def test_every_reason_has_words(app: Flask, code: ErrorCode) -> None:
    with app.test_request_context():
        assert why_not_text(ActionChoice(Action.VOID, code), INVOICE).endswith(".")


def test_while_something_runs_nothing_else_is_begun_but_reading(app: Flask) -> None:
    running = replace(INVOICE, status=Status.AUTHORISED, under_way="void")

    with app.test_request_context():
        assert "right now" in why_not_text(ActionChoice(Action.EMAIL), running)
        assert why_not_text(ActionChoice(Action.PDF), running) == ""


def test_what_may_be_done_has_no_reason_against_it(app: Flask) -> None:
    with app.test_request_context():
        assert why_not_text(ActionChoice(Action.VOID), INVOICE) == ""
