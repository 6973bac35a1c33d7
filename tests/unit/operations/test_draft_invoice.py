"""What the window shows is what is sent, once, after our own checks."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from sync.clients.failures import OutcomeUnknown
from sync.domain.mapping import Customer
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.draft_invoice import DraftRequest, DraftResult, draft_invoice
from sync.operations.outcome import Outcome
from sync.operations.prepared import from_stored, to_stored
from sync.operations.send_intent import settle_intents
from sync.store.company import Audit
from sync.store.invoices import ContactLink, Intent
from tests.unit.fakes.core import away, lost_after
from tests.unit.fakes.house import ADMIN, COLLEAGUE, CONTACT, DEAL, ORGANISATION, OTHER_TENANT, House, a_window

INTENT = "11111111-0000-4000-8000-000000000001"
REQUEST = DraftRequest(
    intent_key=INTENT,
    contact_id=CONTACT,
    issue_date=date(2026, 11, 22),
    due_date=date(2026, 12, 6),
    reference="Deal Title",
)


@pytest.fixture
def window(home: House) -> House:
    """A house with an open invoice window of the admin's."""
    home.add_intent(INTENT)
    return home


def test_the_window_s_lines_dates_and_mark_are_sent(window: House) -> None:
    result = draft(window)

    [call] = window.web.made("PUT", "/Invoices")
    [sent] = json.loads(call.body or b"")["Invoices"]
    assert sent["Contact"] == {"ContactID": CONTACT}
    assert (sent["Date"], sent["DueDate"], sent["Status"]) == ("2026-11-22", "2026-12-06", "DRAFT")
    assert sent["Url"] == f"https://instep.example/i/{INTENT}"
    assert (result.invoice.number, result.expected_total, result.xero_total) == ("INV-0001", Decimal(250), Decimal(250))
    assert not result.repeated


def test_the_same_window_again_gives_the_same_invoice_without_a_call(window: House) -> None:
    first = draft(window)
    calls = len(window.web.calls)

    again = draft(window)

    assert again == replace(first, repeated=True)
    assert len(window.web.calls) == calls


def test_a_double_click_is_in_progress(window: House) -> None:
    window.set(Intent, INTENT, state="sending")

    assert refusal(window) is ErrorCode.IN_PROGRESS


def test_an_answer_that_was_lost_is_found_and_shown_the_next_time(window: House) -> None:
    window.web.trouble("PUT", "/Invoices", lost_after)
    window.web.trouble("GET", "/Invoices", away)
    with pytest.raises(Transient):
        draft(window)
    assert refusal(window) is ErrorCode.IN_PROGRESS

    window.clock.advance(minutes=2)
    assert settle_intents(window.core) is Outcome.DONE

    assert draft(window).repeated
    assert len(window.xero.invoices) == 1


def test_a_window_of_somebody_else_s_or_of_another_deal_is_expired(window: House) -> None:
    window.add_user(COLLEAGUE)
    window.add_deal(43)

    assert refusal(window, user_id=COLLEAGUE) is ErrorCode.LINK_EXPIRED
    assert refusal(window, deal_id=43) is ErrorCode.LINK_EXPIRED
    assert refusal(window, request=replace(REQUEST, intent_key="unknown")) is ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize(
    "over",
    [
        {"due_date": date(2026, 11, 21)},
        {"reference": "x" * 256},
    ],
)
def test_dates_in_the_wrong_order_and_long_references_are_refused_here(window: House, over: dict[str, object]) -> None:
    assert refusal(window, request=replace(REQUEST, **over)) is ErrorCode.INPUT_INVALID  # type: ignore[arg-type]


def test_a_window_without_lines_makes_no_invoice(window: House) -> None:
    window.set(Intent, INTENT, prepared=to_stored(a_window(lines=())))

    assert refusal(window) is ErrorCode.NO_LINES


def test_a_currency_that_the_organisation_does_not_have_is_refused_here(window: House) -> None:
    window.set(Intent, INTENT, prepared=to_stored(a_window(currency="CHF")))

    assert refusal(window) is ErrorCode.CURRENCY_NOT_ENABLED


@pytest.mark.parametrize(("locked", "refused"), [("2026-11-22", True), ("2026-11-21", False)])
def test_an_issue_date_in_a_locked_period_is_refused_here(window: House, locked: str, *, refused: bool) -> None:
    window.xero.lock_date = f"/Date({int(midnight(locked).timestamp() * 1000)}+0000)/"

    if refused:
        assert refusal(window) is ErrorCode.PERIOD_LOCKED
    else:
        assert draft(window).invoice.number == "INV-0001"


def test_a_grant_that_may_not_draft_is_refused_here(window: House) -> None:
    window.xero.actions = []

    assert refusal(window) is ErrorCode.NOT_ALLOWED


def test_a_window_from_before_another_organisation_was_chosen_is_expired(window: House) -> None:
    window.add_organisation("0a6a5e8e-1111-4b0e-9d43-000000000002", OTHER_TENANT)
    window.set(Intent, INTENT, organisation_id="0a6a5e8e-1111-4b0e-9d43-000000000002")

    assert refusal(window) is ErrorCode.LINK_EXPIRED


def test_the_chosen_contact_is_remembered_for_the_customer_s_next_invoice(window: House) -> None:
    draft(window)

    [link] = window.all(ContactLink)
    assert (link.customer, link.contact_id, link.organisation_id) == ("organization:9", CONTACT, ORGANISATION)


def test_without_a_chosen_contact_the_customer_is_created_once(window: House) -> None:
    draft(window, replace(REQUEST, contact_id=""))

    [contact] = window.xero.contacts.values()
    assert (contact["Name"], contact["EmailAddress"]) == ("Barney Rubble", "b@x.example")
    assert window.get(Intent, INTENT).contact_id == contact["ContactID"]
    assert [row.verb for row in window.all(Audit)] == ["create_contact", "draft_invoice"]


def test_a_contact_whose_answer_was_lost_is_asked_for_with_the_same_key(window: House) -> None:
    window.web.trouble("PUT", "/Contacts", lost_after)
    with pytest.raises(OutcomeUnknown):
        draft(window, replace(REQUEST, contact_id=""))

    draft(window, replace(REQUEST, contact_id=""))

    first, second = window.web.made("PUT", "/Contacts")
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert len(window.xero.contacts) == len(window.xero.invoices) == 1


def test_a_customer_without_a_name_cannot_be_created(window: House) -> None:
    nobody = replace(a_window().customer, name="")
    window.set(Intent, INTENT, prepared=to_stored(a_window(customer=nobody)))

    assert refusal(window, request=replace(REQUEST, contact_id="")) is ErrorCode.NO_CUSTOMER


def test_a_window_is_read_back_exactly_as_it_was_written_down(window: House) -> None:
    line = replace(a_window().lines[0], unit_amount=Decimal("0.1000"), discount_rate=Decimal("33.33"))
    shown = a_window(
        lines=(line,), customer=Customer(name="É", address=a_window().customer.address, email="", tax_number="")
    )
    window.set(Intent, INTENT, prepared=to_stored(shown))

    assert from_stored(window.get(Intent, INTENT).prepared) == shown


def draft(home: House, request: DraftRequest = REQUEST) -> DraftResult:
    """Press Create as the admin."""
    return draft_invoice(home.core, person=home.person(), deal_id=DEAL, request=request)


def refusal(home: House, *, user_id: int = ADMIN, deal_id: int = DEAL, request: DraftRequest = REQUEST) -> ErrorCode:
    """Press Create, and give why nothing was made."""
    with pytest.raises(Anticipated) as caught:
        draft_invoice(home.core, person=home.person(user_id), deal_id=deal_id, request=request)
    return caught.value.code


def midnight(day: str) -> datetime:
    """UTC midnight of a day, as Xero writes lock dates."""
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=UTC)
