"""The panel is drawn from our store, and a refresh costs one call."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.invoice import Standing, Status
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.outcome import Outcome
from sync.operations.panel import PanelState, PanelView, show_panel
from sync.operations.refresh_invoices import refresh_deal
from sync.store.accounts import Connection, Grant
from sync.store.invoices import ContactLink, DealRow, InvoiceRecord
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COMPANY, CONTACT, DEAL, GRANT, ORGANISATION, House

INTENT = "11111111-0000-4000-8000-000000000001"


def test_a_panel_costs_no_call_to_either_vendor(home: House) -> None:
    home.add_invoice()

    assert panel(home).state is PanelState.READY
    assert home.web.calls == []


def test_an_invoice_is_shown_with_its_standing_and_its_age(home: House) -> None:
    overdue = home.clock().date() - timedelta(days=3)
    amounts = {"total": Decimal("46.06"), "amount_paid": Decimal("40"), "amount_due": Decimal("6.06")}
    invoice_id = keep(home, status="AUTHORISED", due_date=overdue, **amounts)

    [row] = panel(home).invoices

    assert (row.status, row.standings) == (
        Status.AUTHORISED,
        frozenset({Standing.OVERDUE, Standing.PART_PAID}),
    )
    assert (row.total, row.amount_paid, row.amount_due) == tuple(amounts.values())
    assert row.as_of == home.get(InvoiceRecord, ORGANISATION, invoice_id).fetched_at
    assert invoice_id in row.xero_url


def test_overdue_is_counted_on_the_organisation_s_own_calendar(home: House) -> None:
    # In New Zealand it is tomorrow already.
    keep(home, status="AUTHORISED", due_date=home.clock().date(), amount_due=Decimal(1))
    home.clock.advance(hours=1)

    [row] = panel(home).invoices

    assert row.overdue_days == 1


@pytest.mark.parametrize(
    ("connection", "grant", "state"),
    [
        ("ended", "active", PanelState.NOT_CONNECTED),
        ("lost", "active", PanelState.RECONNECT),
        ("active", "lapsed", PanelState.RECONNECT),
        ("active", "active", PanelState.EMPTY),
    ],
)
def test_the_panel_says_what_is_the_matter_with_the_connection(
    home: House, connection: str, grant: str, state: PanelState
) -> None:
    home.set(Connection, home.all(Connection)[0].key, state=connection)
    home.set(Grant, GRANT, state=grant)

    view = panel(home)

    assert view.state is state
    assert view.can_create is (state is PanelState.EMPTY)


def test_a_deal_that_is_gone_gets_no_invoice(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, is_deleted=True)

    assert (panel(home).state, panel(home).can_create) == (PanelState.DEAL_GONE, False)


def test_what_failed_is_on_the_deal_with_its_time(home: House) -> None:
    home.set(
        DealRow, COMPANY, DEAL, problem_code="pipedrive_refused", problem_detail="Gone", problem_since=home.clock()
    )

    [problem] = panel(home).problems

    assert (problem.code, problem.detail, problem.since) == (ErrorCode.PIPEDRIVE_REFUSED, "Gone", home.clock())


def test_an_answer_that_was_lost_comes_before_everything_else(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, problem_code="pipedrive_refused", problem_since=home.clock())
    home.add_intent(INTENT, state="unknown", asked_at=home.clock())

    first, second = panel(home).problems

    assert (first.code, second.code) == (ErrorCode.OUTCOME_UNKNOWN, ErrorCode.PIPEDRIVE_REFUSED)


def test_the_etag_changes_when_and_only_when_something_shown_does(home: House) -> None:
    invoice_id = home.add_invoice()
    first = panel(home).etag
    assert panel(home).etag == first

    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="PAID")

    assert panel(home).etag != first


def test_a_refresh_fetches_all_invoices_of_the_deal_with_one_call(home: House) -> None:
    for _ in range(3):
        home.add_invoice(Status="PAID")

    assert refresh_deal(home.core, person=home.person(), deal_id=DEAL) is Outcome.DONE

    assert len(home.web.calls) == 1
    assert {row.status for row in panel(home).invoices} == {Status.PAID}
    assert home.waker.wakes == 1


def test_a_refresh_of_a_deal_without_invoices_costs_no_call(home: House) -> None:
    assert refresh_deal(home.core, person=home.person(), deal_id=DEAL) is Outcome.UNCHANGED
    assert home.web.calls == []


def test_a_refresh_while_xero_is_away_leaves_what_is_known(home: House) -> None:
    home.add_invoice(Status="PAID")
    home.web.trouble("GET", "/Invoices", away)

    with pytest.raises(Transient):
        refresh_deal(home.core, person=home.person(), deal_id=DEAL)

    assert [row.status for row in panel(home).invoices] == [Status.DRAFT]


def test_a_refresh_over_a_lost_connection_asks_to_reconnect(home: House) -> None:
    home.add_invoice()
    home.web.trouble("GET", "/Invoices", answers(403, b'{"Title": "AuthenticationUnsuccessful"}'))

    with pytest.raises(Anticipated) as caught:
        refresh_deal(home.core, person=home.person(), deal_id=DEAL)

    assert caught.value.code is ErrorCode.XERO_RECONNECT
    assert panel(home).state is PanelState.RECONNECT


def test_the_linked_contact_is_named_as_it_was_linked(home: House) -> None:
    link_deal(home, contact_name="Brightwater")

    assert panel(home).contact_name == "Brightwater"


def test_a_link_without_a_name_is_named_as_the_newest_invoice_names_the_contact(home: House) -> None:
    link_deal(home, contact_name="")
    keep(home, contact_id=CONTACT, contact_name="Brightwater Studio Ltd.")

    assert panel(home).contact_name == "Brightwater Studio Ltd."


@pytest.mark.parametrize(
    ("actions", "refusal"),
    [
        (["CreateDraftInvoice"], None),
        (["CreateApprovedInvoice"], ErrorCode.NOT_ALLOWED_IN_XERO),
        # Nobody has asked Xero yet; the window will.
        ([], None),
    ],
)
def test_who_may_not_draft_is_offered_no_invoice(home: House, actions: list[str], refusal: ErrorCode | None) -> None:
    home.set(Connection, home.all(Connection)[0].key, actions=actions)

    view = panel(home)

    assert (view.can_create, view.why_not_create) == (refusal is None, refusal)


def test_a_grant_to_which_xero_allows_nothing_is_offered_no_invoice(home: House) -> None:
    home.set(Connection, home.all(Connection)[0].key, actions=[], actions_at=home.clock())

    view = panel(home)

    assert (view.can_create, view.why_not_create) == (False, ErrorCode.NOT_ALLOWED_IN_XERO)


def test_a_problem_of_an_invoice_names_the_invoice(home: House) -> None:
    invoice_id = keep(home)
    home.add_intent(
        INTENT,
        kind="approve",
        state="unknown",
        error_code="change_unknown",
        invoice_id=invoice_id,
        asked_at=home.clock(),
    )

    view = panel(home)

    [problem] = view.problems
    assert (problem.code, problem.invoice_key) == (ErrorCode.CHANGE_UNKNOWN, invoice_id)
    assert view.invoices[0].under_way == "approve"


@pytest.mark.parametrize(
    ("kind", "status", "is_open"),
    [
        ("approve", "SUBMITTED", True),
        ("approve", "AUTHORISED", False),
        ("approve", "PAID", False),
        ("submit", "AUTHORISED", False),
        ("void", "AUTHORISED", True),
        ("void", "VOIDED", False),
        ("delete", "DELETED", False),
    ],
)
def test_a_change_that_xero_tells_of_is_not_open_any_more(home: House, kind: str, status: str, is_open: bool) -> None:  # noqa: FBT001 - a case, not a switch
    invoice_id = keep(home, status=status)
    lost = {"state": "unknown", "error_code": "change_unknown", "asked_at": home.clock()}
    home.add_intent(INTENT, kind=kind, invoice_id=invoice_id, **lost)

    view = panel(home)

    assert (bool(view.problems), view.invoices[0].under_way != "") == (is_open, is_open)


@pytest.mark.parametrize(
    ("later", "is_said"),
    [
        ({"kind": "submit"}, True),
        ({"kind": "email"}, False),
        ({"kind": "create", "invoice_id": None}, True),
    ],
)
def test_a_lost_e_mail_is_said_until_another_has_gone(home: House, later: dict[str, Any], *, is_said: bool) -> None:
    invoice_id = keep(home, status="SUBMITTED")
    lost = {"state": "unknown", "error_code": "email_unknown", "asked_at": home.clock()}
    home.add_intent(INTENT, kind="email", invoice_id=invoice_id, **lost)
    home.clock.advance(minutes=1)
    home.add_intent(OTHER, **{"invoice_id": invoice_id, "state": "done", "asked_at": home.clock()} | later)

    assert (ErrorCode.EMAIL_UNKNOWN in [problem.code for problem in panel(home).problems]) == is_said


def test_a_failed_create_is_said_until_another_has_come_to_an_invoice(home: House) -> None:
    home.add_intent(INTENT, state="failed", error_code="not_made", asked_at=home.clock())
    assert panel(home).problems
    home.clock.advance(minutes=1)

    home.add_intent(OTHER, state="done", invoice_id=keep(home), asked_at=home.clock())

    assert panel(home).problems == ()


def test_what_went_wrong_with_an_invoice_that_is_over_is_forgotten(home: House) -> None:
    failed = {"state": "failed", "error_code": "not_done", "asked_at": home.clock()}
    home.add_intent(INTENT, kind="approve", invoice_id=keep(home, status="VOIDED"), **failed)

    assert panel(home).problems == ()


OTHER = "22222222-0000-4000-8000-000000000002"


def panel(home: House) -> PanelView:
    """The deal's panel as the admin sees it."""
    return show_panel(home.core, person=home.person(), deal_id=DEAL)


def keep(home: House, **over: Any) -> str:
    """An invoice that only our store knows."""
    invoice_id = "5e1d0f5e-0000-4b0e-9d43-000000000001"
    home.keep_invoice(invoice_id, **over)
    home.hang(invoice_id)
    return invoice_id


def link_deal(home: House, *, contact_name: str) -> None:
    """Link the deal's customer to a contact."""
    home.set(DealRow, COMPANY, DEAL, org_id=7)
    home.add(
        ContactLink(
            company_id=COMPANY,
            organisation_id=ORGANISATION,
            customer="organization:7",
            contact_id=CONTACT,
            contact_name=contact_name,
            linked_at=home.clock(),
        )
    )
