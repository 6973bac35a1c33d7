"""What the window shows is what is sent, once, after our own checks."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from sync.clients.failures import OutcomeUnknown
from sync.domain.crm import Address
from sync.domain.mapping import Customer
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.check_draft import InputRefused
from sync.operations.draft_invoice import DraftResult, draft_invoice
from sync.operations.outcome import Outcome
from sync.operations.prepared import from_stored, to_stored
from sync.operations.send_intent import settle_intents
from sync.store.company import Audit
from sync.store.invoices import ContactLink, Intent
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.core import answers, away, lost_after
from tests.unit.fakes.house import (
    ADMIN,
    COLLEAGUE,
    COMPANY,
    CONTACT,
    DEAL,
    ORGANISATION,
    OTHER_TENANT,
    House,
    a_request,
    a_window,
)

INTENT = "11111111-0000-4000-8000-000000000001"


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
    assert sent["Url"].startswith(f"https://instep.example/i/{INTENT}?of={COMPANY}-{DEAL}-{ADMIN}-")
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
    assert refusal(window, intent_key="unknown") is ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize(("locked", "refused"), [("2026-11-22", True), ("2026-11-21", False)])
def test_an_issue_date_in_a_locked_period_is_refused_here(window: House, locked: str, *, refused: bool) -> None:
    window.xero.lock_date = f"/Date({int(midnight(locked).timestamp() * 1000)}+0000)/"

    if refused:
        assert problems(window) == {"issue_date": "period_locked"}
    else:
        assert draft(window).invoice.number == "INV-0001"


def test_prices_in_several_currencies_make_no_invoice(window: House) -> None:
    window.set(Intent, INTENT, prepared=to_stored(a_window(is_mixed=True)))

    assert refusal(window) is ErrorCode.MIXED_CURRENCIES


def test_a_grant_that_may_not_draft_is_refused_here(window: House) -> None:
    window.xero.actions = []

    assert refusal(window) is ErrorCode.NOT_ALLOWED_IN_XERO


def test_a_window_from_before_another_organisation_was_chosen_is_expired(window: House) -> None:
    window.add_organisation("0a6a5e8e-1111-4b0e-9d43-000000000002", OTHER_TENANT)
    window.set(Intent, INTENT, organisation_id="0a6a5e8e-1111-4b0e-9d43-000000000002")

    assert refusal(window) is ErrorCode.LINK_EXPIRED


def test_the_chosen_contact_is_remembered_for_the_customer_s_next_invoice(window: House) -> None:
    draft(window)

    [link] = window.all(ContactLink)
    assert (link.customer, link.contact_id, link.organisation_id) == ("organization:9", CONTACT, ORGANISATION)


def test_without_a_chosen_contact_the_customer_is_created_once(window: House) -> None:
    draft(window, contact_id="")

    [contact] = window.xero.contacts.values()
    assert (contact["Name"], contact["EmailAddress"]) == ("Barney Rubble", "b@x.example")
    assert window.get(Intent, INTENT).contact_id == contact["ContactID"]
    assert [row.verb for row in window.all(Audit)] == ["create_contact", "draft_invoice"]


def test_a_contact_whose_answer_was_lost_is_found_by_its_name(window: House) -> None:
    window.web.trouble("PUT", "/Contacts", lost_after)

    draft(window, contact_id="")

    assert len(window.xero.contacts) == len(window.xero.invoices) == 1


def test_a_contact_that_cannot_be_found_is_asked_for_under_another_key(window: House) -> None:
    window.web.trouble("PUT", "/Contacts", answers(500))
    with pytest.raises(OutcomeUnknown):
        draft(window, contact_id="")

    draft(window, contact_id="")

    first, second = window.web.made("PUT", "/Contacts")
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]
    assert len(window.xero.contacts) == len(window.xero.invoices) == 1


def test_a_contact_that_is_only_like_the_one_that_was_asked_for_is_somebody_else(window: House) -> None:
    window.xero.contacts["c-9"] = a_contact(ContactID="c-9", Name="Barney-Rubble")
    window.web.trouble("PUT", "/Contacts", answers(500))

    with pytest.raises(OutcomeUnknown):
        draft(window, contact_id="")

    assert window.xero.invoices == {}


def test_a_contact_that_was_refused_may_be_asked_for_again(window: House) -> None:
    body = {"Elements": [{"ValidationErrors": [{"Message": "already assigned to another contact"}]}]}
    window.web.trouble("PUT", "/Contacts", answers(400, json.dumps(body).encode()))
    assert refusal(window, contact_id="") is ErrorCode.CONTACT_NAME_TAKEN

    draft(window, contact_id="")

    assert len({call.headers["Idempotency-Key"] for call in window.web.made("PUT", "/Contacts")}) == 2


def test_a_customer_without_a_name_cannot_be_created(window: House) -> None:
    nobody = replace(a_window().customer, name="")
    window.set(Intent, INTENT, prepared=to_stored(a_window(customer=nobody)))

    assert problems(window, contact_id="") == {"contact_id": "customer_nameless"}


def test_whom_a_window_is_for_is_read_back_exactly_as_it_was_written_down(window: House) -> None:
    shown = a_window(customer=Customer(name="É", address=Address(street="Rue 1"), email="", tax_number="FR1"))
    window.set(Intent, INTENT, prepared=to_stored(shown))

    assert from_stored(window.get(Intent, INTENT).prepared) == shown


def test_a_total_that_is_not_what_the_person_saw_is_refused(window: House) -> None:
    assert refusal(window, seen_total=Decimal("250.01")) is ErrorCode.TOTAL_CHANGED
    assert window.web.made("PUT", "/Invoices") == []


def test_what_a_person_has_mended_in_xero_counts_at_the_next_try(window: House) -> None:
    with pytest.raises(InputRefused):
        draft(window, currency="CHF")
    window.xero.currencies.append("CHF")
    assert problems(window, currency="CHF") == {"currency": "currency_not_enabled"}, "looked a moment ago"

    window.clock.advance(seconds=30)

    assert draft(window, currency="CHF").invoice.currency == "CHF"


def test_after_a_refusal_of_xero_s_its_lists_are_read_again(window: House) -> None:
    body = {"Elements": [{"ValidationErrors": [{"Message": "No, because."}]}], "ErrorNumber": 10}
    window.web.trouble("PUT", "/Invoices", answers(400, json.dumps(body).encode()))
    assert refusal(window) is ErrorCode.XERO_REFUSED

    draft(window)

    assert len(window.web.made("GET", "/TaxRates")) == 2


def draft(home: House, intent_key: str = INTENT, **over: Any) -> DraftResult:
    """Press Create as the admin."""
    request = a_request(intent_key, **over)
    return draft_invoice(home.core, person=home.person(), deal_id=DEAL, request=request)


def refusal(
    home: House, *, user_id: int = ADMIN, deal_id: int = DEAL, intent_key: str = INTENT, **over: Any
) -> ErrorCode:
    """Press Create, and give why nothing was made."""
    request = a_request(intent_key, **over)
    with pytest.raises(Anticipated) as caught:
        draft_invoice(home.core, person=home.person(user_id), deal_id=deal_id, request=request)
    return caught.value.code


def problems(home: House, **over: Any) -> dict[str, str]:
    """Press Create, and give which fields were refused and why."""
    with pytest.raises(InputRefused) as caught:
        draft(home, **over)
    return {problem.field: problem.issue.value for problem in caught.value.problems}


def midnight(day: str) -> datetime:
    """UTC midnight of a day, as Xero writes lock dates."""
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=UTC)
