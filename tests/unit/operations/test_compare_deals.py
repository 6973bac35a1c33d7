"""Once an hour what changed in Pipedrive is held against what we know: lost webhooks, edited fields, a restored copy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.operations.compare_deals import EVERY, compare_deals, due_to_compare
from sync.operations.lease import hold_company
from sync.operations.outcome import Outcome
from sync.operations.push_deals import push_deals
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.invoices import ContactLink, DealAccess, DealInvoice, DealRow, InvoiceRecord
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.fakes.core import Trouble, answers, away, defect
from tests.unit.fakes.house import COLLEAGUE, COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import switch_on

OTHER_DEAL = 43
INVOICE = "11111111-0000-4000-8000-00000000000a"
LINK = f"https://go.xero.com/organisationlogin/default.aspx?shortcode=!mBdtL&redirecturl=/View.aspx%3FInvoiceID%3D{INVOICE}"


@pytest.fixture(autouse=True)
def an_hour_later(home: House) -> None:
    """The company was compared an hour ago, and Xero has been looked through."""
    home.keep_tokens_good()
    home.add_fields("status", "invoiced", "number", "link")
    home.set(Company, COMPANY, compared_to=home.clock())
    home.clock.advance(hours=1)
    home.set(Organisation, ORGANISATION, sweep_due_at=home.clock() + timedelta(hours=1))


def test_a_quiet_hour_costs_one_call_and_writes_nothing(home: House) -> None:
    assert due_to_compare(home.core) == [COMPANY]

    assert compare(home) is Outcome.DONE

    [call] = home.web.calls
    assert call.params["updated_since"] == "2026-11-22T10:37:07Z"
    assert call.params["custom_fields"] == "code-invoiced,code-link,code-number,code-status"
    assert company(home).compared_to == home.clock()
    assert timedelta() < company(home).compare_due_at - home.clock() <= EVERY
    assert deal(home).due_at is None


def test_a_change_whose_webhook_was_lost_is_kept(home: House) -> None:
    home.add(DealAccess(company_id=COMPANY, user_id=COLLEAGUE, deal_id=DEAL, checked_at=home.clock()))
    change(home, title="Renamed", owner_id=COLLEAGUE, currency="EUR")

    compare(home)

    assert (deal(home).title, deal(home).owner_id) == ("Renamed", COLLEAGUE)
    assert deal(home).due_at == home.clock()
    assert home.all(DealAccess) == []


@pytest.mark.parametrize("deal_id", [DEAL, OTHER_DEAL])
def test_a_win_whose_webhook_was_lost_sets_off_the_rule_once(home: House, deal_id: int) -> None:
    home.pipedrive.add_deal(OTHER_DEAL)
    switch_on(home, "won", "draft")
    change(home, deal_id, status="won", won_time="2026-11-22T11:50:00Z")

    compare(home)
    home.set(Company, COMPANY, compared_to=home.clock() - timedelta(hours=1))
    compare(home)

    assert [(run.rule, run.deal_id, run.state) for run in home.all(RuleRun)] == [("won", deal_id, "pending")]
    assert home.get(DealRow, COMPANY, deal_id).status == "won"


def test_a_deal_that_was_deleted_unheard_is_known_to_be(home: House) -> None:
    change(home, is_deleted=True)

    compare(home)

    assert deal(home).is_deleted


def test_a_deal_that_concerns_no_invoice_is_left_alone(home: House) -> None:
    home.pipedrive.add_deal(OTHER_DEAL)
    change(home, OTHER_DEAL, title="Nothing of ours")

    compare(home)

    assert [row.deal_id for row in home.all(DealRow)] == [DEAL]


def test_our_own_writing_comes_back_unnoticed(home: House) -> None:
    home.add_invoice(Status="AUTHORISED", InvoiceNumber="INV-7")
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())
    push_deals(home.core, company_id=COMPANY)
    change(home)

    compare(home)

    assert deal(home).written["code-invoiced"] == {"value": "0.00", "currency": "NZD"}
    assert deal(home).due_at is None


def test_a_field_that_somebody_edited_is_written_anew(home: House) -> None:
    home.add_invoice()
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())
    push_deals(home.core, company_id=COMPANY)
    change(home, custom_fields=ours(home) | {"code-number": "Mine"})

    compare(home)
    push_deals(home.core, company_id=COMPANY)

    assert ours(home)["code-number"] == "INV-1"


def test_a_copy_of_a_deal_does_not_keep_the_fields_of_the_other(home: House) -> None:
    invoice_id = home.add_invoice()
    home.pipedrive.add_deal(OTHER_DEAL)
    change(home, OTHER_DEAL, custom_fields={"code-number": "INV-1", "code-link": LINK.replace(INVOICE, invoice_id)})

    compare(home)
    push_deals(home.core, company_id=COMPANY)

    assert home.pipedrive.deals[OTHER_DEAL]["custom_fields"] == {"code-number": None, "code-link": None}


def test_an_invoice_of_the_deal_s_customer_that_its_link_names_hangs_on_it(home: House) -> None:
    linked(home)
    home.xero.add_invoice(InvoiceID=INVOICE, Status="PAID", Contact={"ContactID": CONTACT, "Name": "Barney"})
    change(home, org_id=9, custom_fields={"code-link": LINK})

    compare(home)

    [place] = home.all(DealInvoice)
    assert (place.invoice_id, place.deal_id) == (INVOICE, DEAL)
    assert home.get(InvoiceRecord, ORGANISATION, INVOICE).status == "PAID"
    assert [(one.verb, one.user_id) for one in home.all(Happening)] == [("linked", None)]


def test_an_invoice_of_another_customer_does_not(home: House) -> None:
    linked(home)
    home.xero.add_invoice(InvoiceID=INVOICE, Contact={"ContactID": "c-other", "Name": "Wilma"})
    change(home, org_id=9, custom_fields={"code-link": LINK})

    compare(home)
    push_deals(home.core, company_id=COMPANY)

    assert home.all(DealInvoice) == []
    assert ours(home)["code-link"] is None


def test_an_invoice_that_we_marked_before_marks_were_sealed_hangs_on_the_deal_that_names_it(home: House) -> None:
    home.xero.add_invoice(InvoiceID=INVOICE, Url="https://instep.example/i/11111111-0000-4000-8000-000000000001")
    home.pipedrive.add_deal(OTHER_DEAL)
    change(home, OTHER_DEAL, custom_fields={"code-link": LINK})

    compare(home)

    assert [(one.invoice_id, one.deal_id) for one in home.all(DealInvoice)] == [(INVOICE, OTHER_DEAL)]


def test_where_xero_is_away_nothing_is_overwritten_and_the_look_is_made_once_more(home: House) -> None:
    home.web.trouble("GET", "/Invoices", away)
    change(home, custom_fields={"code-link": LINK})

    assert compare(home) is Outcome.IGNORED

    assert deal(home).due_at is None
    assert company(home).compared_to == home.clock() - timedelta(hours=1)
    assert company(home).compare_due_at == home.clock() + timedelta(minutes=5)


@pytest.mark.parametrize("trouble", [defect, answers(403)])
def test_what_trying_again_does_not_mend_waits_for_the_next_round(home: House, trouble: Trouble) -> None:
    home.web.trouble("GET", "/deals", trouble)

    assert compare(home) is Outcome.IGNORED

    assert company(home).compare_due_at == home.clock() + EVERY


@pytest.mark.parametrize("state", ["lost", "ending"])
def test_without_xero_nothing_is_compared(home: House, state: str) -> None:
    home.set(Connection, home.all(Connection)[0].key, state=state)

    assert due_to_compare(home.core) == []


def test_a_change_without_any_delivery_has_the_webhooks_looked_after(home: House) -> None:
    change(home, at=home.clock() - timedelta(minutes=6))

    compare(home)

    assert company(home).tend_due_at == home.clock()


def test_a_change_that_was_told_or_may_still_be_does_not(home: House) -> None:
    change(home, at=home.clock() - timedelta(minutes=4))
    compare(home)
    change(home, at=home.clock() - timedelta(minutes=6))
    home.deliver("pipedrive", b"{}")
    compare(home)

    assert company(home).tend_due_at is None


def test_when_the_acting_user_has_gone_another_is_elected(home: House) -> None:
    home.set(Company, COMPANY, acting_user_id=None)

    assert compare(home) is Outcome.IGNORED

    assert company(home).tend_due_at == home.clock()


def test_when_pipedrive_does_not_know_a_field_the_fields_are_looked_after(home: House) -> None:
    home.web.trouble("GET", "/deals", answers(400, b'{"success": false, "error": "Parameter is not allowed"}'))

    compare(home)

    assert company(home).tend_due_at == home.clock()


def test_a_company_that_another_worker_holds_is_passed_over(home: House) -> None:
    with hold_company(home.core, company_id=COMPANY):
        assert due_to_compare(home.core) == []
        assert compare(home) is Outcome.HELD

    assert home.web.calls == []


def change(home: House, deal_id: int = DEAL, *, at: datetime | None = None, **over: Any) -> None:
    """Change a deal in Pipedrive without a webhook, a minute ago unless said otherwise."""
    moment = (at or home.clock() - timedelta(minutes=1)).astimezone(UTC)
    home.pipedrive.change(deal_id, update_time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"), **over)


def linked(home: House) -> None:
    """The deal's customer is a contact in Xero."""
    key = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    home.add(ContactLink(**key, contact_id=CONTACT, linked_at=home.clock()))


def compare(home: House) -> Outcome:
    """Compare the company's deals."""
    return compare_deals(home.core, company_id=COMPANY)


def ours(home: House) -> dict[str, Any]:
    """The custom fields of the deal in Pipedrive."""
    return dict(home.pipedrive.deals[DEAL]["custom_fields"])


def company(home: House) -> Any:
    """The company as it is now."""
    return home.get(Company, COMPANY)


def deal(home: House) -> DealRow:
    """Our copy of the deal."""
    return home.get(DealRow, COMPANY, DEAL)
