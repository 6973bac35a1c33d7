"""The rules tried on the last month: nothing is written, and each deal says what would have been done or why not."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.rules import RuleKind
from sync.errors import Anticipated, ErrorCode
from sync.operations.dry_run import RuleTrial, dry_run
from sync.operations.rules import Choice, StageMissing
from sync.store.accounts import Connection
from sync.store.invoices import ContactLink, DealInvoice, DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRow, RuleRun
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COLLEAGUE, COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import STAGE, make_ready

LAST_WEEK, LONG_AGO = "2026-11-15T09:00:00Z", "2026-10-01T09:00:00Z"
NEW = 77


@pytest.fixture
def ready(home: House) -> House:
    """A house whose deal was won last week, with all that an invoice needs."""
    make_ready(home)
    home.pipedrive.change(DEAL, status="won", won_time=LAST_WEEK, title="Lighthouse")
    return home


def test_a_deal_won_last_month_would_have_had_its_draft_and_nothing_is_written(ready: House) -> None:
    tried = try_one(ready, RuleKind.WON, "draft")

    [one] = tried.found.each
    assert (one.deal_id, one.title, one.at.isoformat(), one.stop) == (
        DEAL,
        "Lighthouse",
        "2026-11-15T09:00:00+00:00",
        None,
    )
    assert {call.method for call in ready.web.calls} == {"GET"}
    assert [len(ready.all(table)) for table in (Intent, RuleRun, RuleRow, InvoiceRecord)] == [0, 0, 0, 0]


def test_deals_of_another_time_and_another_status_are_left_out(ready: House) -> None:
    ready.pipedrive.change(DEAL, won_time=LONG_AGO)
    ready.pipedrive.add_deal(NEW, update_time=LAST_WEEK, status="open")

    assert try_one(ready, RuleKind.WON, "draft").found.each == ()


def test_a_deal_moved_to_the_stage_last_month_is_found(ready: House) -> None:
    ready.pipedrive.change(DEAL, stage_change_time=LAST_WEEK)

    assert [one.deal_id for one in try_one(ready, RuleKind.STAGE, "approve", STAGE).found.each] == [DEAL]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (lambda house: house.xero.contacts.clear(), "contact_unsure"),
        (lambda house: house.xero.contacts.update({"c-2": a_contact(ContactID="c-2")}), "contact_unsure"),
        (lambda house: setattr(house.xero, "currencies", ["EUR"]), "currency_not_enabled"),
        (lambda house: setattr(house.xero, "lock_date", "/Date(1798675200000+0000)/"), "period_locked"),
        (lambda house: setattr(house.xero, "actions", ["CreateDraftInvoice"]), "not_allowed_in_xero"),
        (
            lambda house: house.pipedrive.products.update({DEAL: []}) or house.pipedrive.change(DEAL, value=0),
            "no_lines",
        ),
        (lambda house: house.web.trouble("GET", f"/deals/{DEAL}", answers(404)), "deal_gone"),
    ],
)
def test_it_says_where_it_would_have_stopped(ready: House, trouble: Any, reason: str) -> None:
    trouble(ready)

    assert stops(try_one(ready, RuleKind.WON, "approve")) == [reason]


def test_an_invoice_made_by_hand_since_would_have_been_the_rule_s(ready: House) -> None:
    invoice_id = ready.add_invoice()

    assert stops(try_one(ready, RuleKind.WON, "draft")) == [None]
    link = (COMPANY, ORGANISATION, invoice_id)
    ready.set(DealInvoice, *link, linked_at=ready.clock() - timedelta(days=20))
    assert stops(try_one(ready, RuleKind.WON, "draft")) == ["live_invoice"]


def test_a_customer_is_looked_up_once_and_only_so_many_are(ready: House) -> None:
    for number in range(100, 112):
        ready.pipedrive.deals[number] = ready.pipedrive.deals[DEAL] | {"id": number, "org_id": number}
        ready.pipedrive.products[number] = ready.pipedrive.products[DEAL]
        ready.pipedrive.organizations[number] = "Barney Rubble"
    ready.pipedrive.deals[113] = ready.pipedrive.deals[DEAL] | {"id": 113}
    ready.pipedrive.products[113] = ready.pipedrive.products[DEAL]

    found = try_one(ready, RuleKind.WON, "draft").found.each

    assert len(found) == 14
    assert len(ready.web.made("GET", "/Contacts")) == 8
    assert sum(one.is_customer_open for one in found) > 0


def test_only_so_many_deals_are_looked_at_the_latest_first(ready: House) -> None:
    ready.add(
        ContactLink(
            company_id=COMPANY,
            organisation_id=ORGANISATION,
            customer="organization:9",
            contact_id=CONTACT,
            linked_at=ready.clock(),
        )
    )
    for number in range(100, 122):
        ready.pipedrive.deals[number] = ready.pipedrive.deals[DEAL] | {"id": number, "won_time": "2026-11-16T09:00:00Z"}
        ready.pipedrive.products[number] = ready.pipedrive.products[DEAL]

    found = try_one(ready, RuleKind.WON, "draft").found

    assert (len(found.each), found.left_out, DEAL in {one.deal_id for one in found.each}) == (20, 3, False)
    assert ready.web.made("GET", "/Contacts") == []


@pytest.mark.parametrize(("kind", "deal"), [("lost", {"status": "lost", "lost_time": LAST_WEEK}), ("deleted", {})])
def test_drafts_on_lost_and_deleted_deals_would_have_been_deleted(
    ready: House, kind: str, deal: dict[str, Any]
) -> None:
    invoice_id = ready.add_invoice()
    ready.set(InvoiceRecord, ORGANISATION, invoice_id, number="INV-7")
    ready.pipedrive.change(DEAL, is_deleted=kind == "deleted", **deal)
    ready.pipedrive.add_deal(NEW, update_time="2026-11-22T11:00:00Z", is_deleted=kind == "deleted", **deal)

    [one] = try_one(ready, RuleKind(kind), "delete_drafts").found.each

    assert (one.deal_id, one.subjects) == (DEAL, ("INV-7",))


@pytest.mark.parametrize(
    ("status", "does", "expected"),
    [
        ("open", "win", [None]),
        ("won", "win", []),
        ("won", "remind", [None]),
        ("lost", "win", ["deal_lost"]),
        ("lost", "remind", [None]),
    ],
)
def test_what_was_paid_last_month(ready: House, status: str, does: str, expected: list[str | None]) -> None:
    invoice_id = ready.add_invoice()
    ready.set(InvoiceRecord, ORGANISATION, invoice_id, status="PAID")
    ready.set(DealRow, COMPANY, DEAL, status=status)

    assert stops(try_one(ready, RuleKind.PAID, does)) == expected


def test_a_deal_on_which_something_is_owed_would_not_have_been_won(ready: House) -> None:
    for state in ("PAID", "AUTHORISED"):
        ready.set(InvoiceRecord, ORGANISATION, ready.add_invoice(), status=state)

    assert try_one(ready, RuleKind.PAID, "win").found.each == ()


@pytest.mark.parametrize(("due", "count"), [(date(2026, 11, 20), 1), (date(2026, 11, 23), 0), (date(2026, 9, 1), 0)])
def test_what_became_overdue_last_month(ready: House, due: date, count: int) -> None:
    ready.set(
        InvoiceRecord, ORGANISATION, ready.add_invoice(), status="AUTHORISED", due_date=due, amount_due=Decimal(5)
    )

    assert len(try_one(ready, RuleKind.OVERDUE, "remind").found.each) == count


def test_a_vendor_that_is_away_leaves_a_rule_untold_and_the_others_told(ready: House) -> None:
    ready.web.trouble("GET", "/deals", away)

    lost, overdue = tried(ready, {RuleKind.LOST: Choice("delete_drafts"), RuleKind.OVERDUE: Choice("remind")})

    assert (lost.problem, overdue.problem) == (ErrorCode.XERO_UNAVAILABLE, None)


def test_a_vendor_that_is_away_says_nothing_about_the_deals(ready: House) -> None:
    ready.web.trouble("GET", f"/deals/{DEAL}/products", away)

    trial = try_one(ready, RuleKind.WON, "approve")

    assert (trial.problem, trial.found.each) == (ErrorCode.XERO_UNAVAILABLE, ())


def test_without_xero_it_says_so(ready: House) -> None:
    [connection] = ready.all(Connection)
    ready.set(Connection, connection.key, state="lost")

    assert stops(try_one(ready, RuleKind.WON, "draft")) == ["xero_reconnect"]


def test_a_rule_without_its_stage_cannot_be_tried_and_neither_by_a_colleague(ready: House) -> None:
    with pytest.raises(StageMissing):
        try_one(ready, RuleKind.STAGE, "draft")
    with pytest.raises(Anticipated) as err:
        dry_run(ready.core, person=ready.add_user(COLLEAGUE), wish={})
    assert err.value.code is ErrorCode.ADMIN_ONLY


def try_one(house: House, kind: RuleKind, does: str, stage_id: int | None = None) -> RuleTrial:
    """Try one rule."""
    [one] = tried(house, {kind: Choice(does, stage_id)})
    return one


def tried(house: House, wish: Mapping[RuleKind, Choice]) -> tuple[RuleTrial, ...]:
    return dry_run(house.core, person=house.person(), wish=wish).rules


def stops(trial: RuleTrial) -> list[ErrorCode | None]:
    """The reasons, deal by deal."""
    return [one.stop for one in trial.found.each]
