"""What a person would have decided in the window is not decided by a rule: it stops, or tells on a draft what it did."""

from typing import Any

import pytest

from sync.store.accounts import OrganisationDefaults
from sync.store.invoices import ContactLink
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.clients.samples import a_contact, a_product
from tests.unit.fakes.core import answers, meanwhile
from tests.unit.fakes.house import COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import ended, switch_on, win, work


def value_only(house: House) -> None:
    """No products: nobody knows the tax; the organisation has one rate of nought per cent."""
    house.pipedrive.products[DEAL] = []
    house.pipedrive.change(DEAL, value=10000)
    house.set(
        OrganisationDefaults, COMPANY, ORGANISATION, line_amount_types="Exclusive", tax_table={"0": "ZERORATEDOUTPUT"}
    )


def repeats(house: House) -> None:
    house.pipedrive.products[DEAL] = [an_untaxed(billing_frequency="monthly", name="Retainer")]


def converted(house: House) -> None:
    """A price with tax, on an invoice without any."""
    product = an_untaxed(item_price=9.99, tax=0.07, tax_method="inclusive", quantity=7, name="Pencil")
    house.pipedrive.products[DEAL] = [product]


class TestWhatCounts:
    @pytest.mark.parametrize(
        ("trouble", "reason", "detail"),
        [(value_only, "no_products", ""), (repeats, "repeats", "Retainer"), (converted, "prices_converted", "Pencil")],
    )
    @pytest.mark.parametrize("does", ["submit", "approve"])
    def test_it_is_not_made_of_what_a_person_has_to_decide(
        self, ready: House, trouble: Any, reason: str, detail: str, does: str
    ) -> None:
        switch_on(ready, "won", does)
        trouble(ready)

        win(ready)
        work(ready)

        [run] = ready.all(RuleRun)
        assert (run.state, run.reason, run.detail) == ("stopped", reason, detail)
        assert ready.xero.invoices == {}

    def test_a_bare_value_is_enough_where_nothing_is_taxed(self, ready: House) -> None:
        switch_on(ready, "won", "approve")
        ready.pipedrive.products[DEAL] = []

        win(ready)
        work(ready)

        assert ended(ready) == [("won", "done", None)]

    @pytest.mark.parametrize(
        ("trouble", "notes"),
        [
            (repeats, [{"code": "recurring_one_cycle", "subject": "Retainer", "values": {"frequency": "monthly"}}]),
            (lambda house: None, []),
        ],
    )
    def test_a_draft_is_made_and_its_timeline_tells_what_a_window_would_have(
        self, ready: House, trouble: Any, notes: list[Any]
    ) -> None:
        switch_on(ready, "won", "draft")
        trouble(ready)

        win(ready)
        work(ready)

        [told] = [one for one in ready.all(Happening) if one.verb == "created"]
        assert (ended(ready), told.values["notes"]) == ([("won", "done", None)], notes)


class TestTheCustomer:
    def test_an_organization_that_instep_may_not_see_is_not_replaced_by_its_person(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.pipedrive.change(DEAL, person_id=5)
        ready.pipedrive.persons[5] = a_person()
        ready.web.trouble("GET", "/organizations/9", answers(403, b'{"success": false}'))

        win(ready)
        work(ready)

        assert (ended(ready), ready.xero.invoices) == ([("won", "stopped", "customer_hidden")], {})
        assert ready.all(ContactLink) == []

    def test_one_whose_contact_is_remembered_need_not_be_seen(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        link(ready, CONTACT)
        ready.web.trouble("GET", "/organizations/9", answers(403, b'{"success": false}'))

        win(ready)
        work(ready)

        assert ended(ready) == [("won", "done", None)]

    def test_an_archived_contact_is_not_replaced_by_one_of_the_same_name(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.xero.contacts["old"] = a_contact(ContactID="old", Name="Barney", ContactStatus="ARCHIVED")
        link(ready, "old")

        win(ready)
        work(ready)

        assert (ended(ready), ready.xero.invoices) == ([("won", "stopped", "contact_archived")], {})
        assert [one.contact_id for one in ready.all(ContactLink)] == ["old"]

    @pytest.mark.parametrize(
        ("values", "reason"), [({"EmailAddress": "other@y.example"}, "contact_unsure"), ({}, None)]
    )
    def test_a_person_is_known_by_more_than_a_name(
        self, ready: House, values: dict[str, Any], reason: str | None
    ) -> None:
        switch_on(ready, "won", "draft")
        ready.pipedrive.change(DEAL, org_id=None, person_id=5)
        ready.pipedrive.persons[5] = a_person()
        ready.xero.contacts[CONTACT] = a_contact(**values)

        win(ready)
        work(ready)

        assert [one[2] for one in ended(ready)] == [reason]

    def test_what_a_person_links_while_the_rule_is_at_work_stays_linked(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.web.trouble("PUT", "/Invoices", meanwhile(lambda: link(ready, "hers")))

        win(ready)
        work(ready)

        assert [one.contact_id for one in ready.all(ContactLink)] == ["hers"]


class TestReasons:
    def test_an_account_that_is_archived_is_named_with_its_line(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.set(OrganisationDefaults, COMPANY, ORGANISATION, account_code="999")

        win(ready)
        work(ready)

        [run] = ready.all(RuleRun)
        assert (run.reason, run.detail) == ("account_unusable", "Mechanical Pencil: 999")

    def test_the_deal_s_own_currency_is_named(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.xero.currencies = ["EUR"]

        win(ready)
        work(ready)

        assert [(run.reason, run.detail) for run in ready.all(RuleRun)] == [("currency_not_enabled", "NZD")]


def an_untaxed(**over: Any) -> dict[str, Any]:
    return a_product(**{"currency": "NZD", "tax": 0, "tax_method": "none", "discount": 0, "item_price": 10} | over)


def a_person() -> dict[str, Any]:
    """Give one who has the name of a contact in Xero."""
    return {"id": 5, "name": "Barney Rubble", "emails": [{"value": "b@x.example", "primary": True}]}


def link(house: House, contact_id: str) -> None:
    """Somebody has linked the deal's organization to a contact."""
    about = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    house.add(ContactLink(**about, contact_id=contact_id, contact_name="Somebody", linked_at=house.clock()))
