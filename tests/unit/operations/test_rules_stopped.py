"""A rule that cannot go on without a guess stops with its reason, which stands on the deal until it is put right."""

from typing import Any

import pytest

from sync.operations.outcome import Outcome
from sync.operations.retry import retry_rule
from sync.operations.rules_stopped import StoppedRule, stopped_rules
from sync.operations.send_intent import settle_intents
from sync.store.accounts import OrganisationDefaults
from sync.store.invoices import InvoiceRecord
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.clients.samples import a_contact, a_product
from tests.unit.fakes.core import answers, away, lost_before
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import ended, switch_on, win, work

OTHER = 99


def no_account(house: House) -> None:
    house.set(OrganisationDefaults, COMPANY, ORGANISATION, account_code="")


def no_contact(house: House) -> None:
    house.xero.contacts.clear()


def a_similar_contact(house: House) -> None:
    house.xero.contacts[CONTACT] = a_contact(Name="Barney & Sons Rubble Removal", EmailAddress="x@y.example")


def twins(house: House) -> None:
    house.xero.contacts["c-2"] = a_contact(ContactID="c-2")


def no_currency(house: House) -> None:
    house.xero.currencies = ["EUR"]


def two_currencies(house: House) -> None:
    house.pipedrive.products[DEAL].append(a_product(currency="EUR", tax=0, tax_method="none"))


def locked(house: House) -> None:
    house.xero.lock_date = "/Date(1798675200000+0000)/"


def no_right(house: House) -> None:
    house.xero.actions = []


def may_only_draft(house: House) -> None:
    house.xero.actions = ["CreateDraftInvoice"]


def nothing_to_bill(house: House) -> None:
    house.pipedrive.products[DEAL] = []
    house.pipedrive.deals[DEAL]["value"] = 0


def in_instalments(house: House) -> None:
    house.pipedrive.installments[DEAL] = [{"id": 1, "deal_id": DEAL, "amount": 5, "billing_date": "2026-12-01"}]


def nobody_to_bill(house: House) -> None:
    house.pipedrive.change(DEAL, org_id=None, person_id=None)


@pytest.mark.parametrize(
    ("trouble", "does", "reason"),
    [
        (no_account, "draft", "lines_unlinked"),
        (no_contact, "draft", "contact_unsure"),
        (a_similar_contact, "draft", "contact_unsure"),
        (twins, "draft", "contact_unsure"),
        (nobody_to_bill, "draft", "no_customer"),
        (no_currency, "draft", "currency_not_enabled"),
        (two_currencies, "draft", "mixed_currencies"),
        (locked, "draft", "period_locked"),
        (no_right, "draft", "not_allowed_in_xero"),
        (may_only_draft, "approve", "not_allowed_in_xero"),
        (nothing_to_bill, "draft", "no_lines"),
        (in_instalments, "draft", "needs_a_look"),
    ],
)
def test_it_stops_with_a_reason_rather_than_guess(ready: House, trouble: Any, does: str, reason: str) -> None:
    switch_on(ready, "won", does)
    trouble(ready)

    win(ready)
    work(ready)

    assert (ended(ready), ready.xero.invoices) == ([("won", "stopped", reason)], {})
    [told] = ready.all(Happening)
    assert (told.verb, told.rule, told.values["code"]) == ("rule_stopped", "won", reason)


def test_what_xero_refuses_stops_it_with_xero_s_own_sentence(ready: House) -> None:
    switch_on(ready, "won", "draft")
    body = b'{"Elements": [{"ValidationErrors": [{"Message": "No, because."}]}], "ErrorNumber": 10}'
    ready.web.trouble("PUT", "/Invoices", answers(400, body))

    win(ready)
    work(ready)

    [run] = ready.all(RuleRun)
    assert (run.state, run.reason, run.detail) == ("stopped", "xero_refused", "No, because.")


def test_a_stopped_rule_is_on_the_deal_until_it_is_tried_again_and_succeeds(ready: House) -> None:
    switch_on(ready, "won", "draft")
    no_contact(ready)
    win(ready)
    work(ready)
    [stop] = stopped(ready)
    assert (stop.kind, stop.code, stop.since) == ("won", "contact_unsure", ready.clock())

    ready.xero.contacts[CONTACT] = a_contact()
    retry_rule(ready.core, person=ready.person(), deal_id=DEAL, run_key=stop.run_key)
    assert stopped(ready) == ()
    work(ready)

    assert (ended(ready), len(ready.xero.invoices)) == ([("won", "done", None)], 1)
    retry_rule(ready.core, person=ready.person(), deal_id=DEAL, run_key=stop.run_key)
    work(ready)
    assert len(ready.xero.invoices) == 1


def test_a_create_that_was_given_up_is_shown_and_made_when_a_person_asks_again(ready: House) -> None:
    switch_on(ready, "won", "draft")
    win(ready)
    ready.web.trouble("PUT", "/Invoices", lost_before)
    ready.web.trouble("GET", "/Invoices", away)
    work(ready)
    ready.clock.advance(hours=2)
    settle_intents(ready.core)

    work(ready)
    [stop] = stopped(ready)
    assert (stop.code, ready.xero.invoices) == ("not_made", {})
    retry_rule(ready.core, person=ready.person(), deal_id=DEAL, run_key=stop.run_key)
    work(ready)

    assert len(ready.xero.invoices) == 1


def test_a_stop_is_over_once_somebody_has_made_the_invoice_by_hand(ready: House) -> None:
    switch_on(ready, "won", "draft")
    no_contact(ready)
    win(ready)
    work(ready)
    assert len(stopped(ready)) == 1

    invoice_id = ready.add_invoice()
    assert stopped(ready) == ()
    ready.set(InvoiceRecord, ORGANISATION, invoice_id, status="VOIDED")
    assert len(stopped(ready)) == 1


def test_a_live_invoice_is_nothing_to_mend(ready: House) -> None:
    switch_on(ready, "won", "draft")
    ready.add_invoice()
    win(ready)
    work(ready)

    assert stopped(ready) == ()


def test_nobody_tries_another_company_s_rule_again(ready: House) -> None:
    switch_on(ready, "won", "draft")
    no_contact(ready)
    win(ready)
    work(ready)
    [stop] = stopped(ready)
    ready.add_company(OTHER)
    stranger = ready.add_user(ADMIN, OTHER)

    answer = retry_rule(ready.core, person=stranger, deal_id=DEAL, run_key=stop.run_key)

    assert answer is Outcome.UNCHANGED
    assert len(stopped(ready)) == 1


def stopped(house: House) -> tuple[StoppedRule, ...]:
    with house.core.database.reading() as session:
        return stopped_rules(session, company_id=COMPANY, deal_id=DEAL)
