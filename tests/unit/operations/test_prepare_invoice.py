"""The window is filled from the deal as the person sees it, and what it shows is written down."""

from datetime import date
from decimal import Decimal

import pytest

from sync.domain.invoice import LineAmountTypes
from sync.errors import Anticipated, ErrorCode
from sync.operations.preferences import Defaults, Preferences, save_preferences
from sync.operations.prepare_invoice import InvoiceForm, prepare_invoice
from sync.operations.prepared import from_stored
from sync.store.company import Company
from sync.store.invoices import ContactLink, Intent
from tests.unit.clients.samples import a_contact, a_product
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, ORGANISATION, House


@pytest.fixture
def customer(home: House) -> House:
    """A house whose deal is with an organization, and has one product."""
    home.pipedrive.organizations[9] = "Barney  Rubble"
    home.pipedrive.change(DEAL, org_id=9, person_id=None)
    home.pipedrive.products[DEAL] = [
        a_product(currency="NZD", tax=15, tax_method="exclusive", discount=0, item_price=10)
    ]
    return home


def test_the_window_shows_the_deal_s_products_and_writes_down_what_it_shows(customer: House) -> None:
    form = prepare(customer)

    [line] = form.lines
    assert (line.description, line.quantity, line.tax_type) == ("Mechanical Pencil", Decimal(1), "OUTPUT2")
    assert (form.sub_total, form.total_tax, form.total) == (Decimal(10), Decimal("1.50"), Decimal("11.50"))
    assert (form.currency, form.line_amount_types) == ("NZD", LineAmountTypes.EXCLUSIVE)
    intent = customer.get(Intent, form.intent_key)
    assert (intent.state, intent.deal_id, intent.user_id) == ("prepared", DEAL, ADMIN)
    assert [one.unit_amount for one in from_stored(intent.prepared).lines] == [Decimal(10)]


def test_today_is_the_organisation_s_and_the_due_date_follows_the_preferences(customer: House) -> None:
    customer.set(Company, COMPANY, preferences={"due_days": 30})
    customer.keep_tokens_good()
    customer.clock.advance(hours=1)

    form = prepare(customer)

    assert (form.issue_date, form.due_date) == (date(2026, 11, 23), date(2026, 12, 23))


def test_each_opening_is_an_intent_of_its_own(customer: House) -> None:
    assert prepare(customer).intent_key != prepare(customer).intent_key


def test_a_contact_with_the_same_name_is_chosen_beforehand(customer: House) -> None:
    customer.xero.contacts["c-1"] = a_contact()

    assert prepare(customer).chosen_contact_id == "c-1"


def test_of_two_equally_good_contacts_a_person_chooses(customer: House) -> None:
    customer.xero.contacts |= {key: a_contact(ContactID=key) for key in ("c-1", "c-2")}

    form = prepare(customer)

    assert form.chosen_contact_id == ""
    assert {contact.contact_id for contact in form.contacts} == {"c-1", "c-2"}


def test_the_customer_s_last_contact_is_chosen_and_followed_through_a_merge(customer: House) -> None:
    customer.xero.contacts["old"] = a_contact(ContactID="old", ContactStatus="ARCHIVED", MergedToContactID="new")
    customer.xero.contacts["new"] = a_contact(ContactID="new", Name="Quite another name")
    link(customer, "old")

    assert prepare(customer).chosen_contact_id == "new"


def test_a_remembered_contact_that_is_gone_is_no_contact(customer: House) -> None:
    link(customer, "gone")

    assert prepare(customer).chosen_contact_id == ""


def test_a_deal_without_products_is_one_line_with_its_title_and_value(home: House) -> None:
    home.pipedrive.change(DEAL, person_id=None, value=200)

    form = prepare(home)

    assert [(line.description, line.unit_amount) for line in form.lines] == [("Deal Title", Decimal(200))]


@pytest.mark.parametrize(
    ("percent", "treatment", "account", "warning"),
    [
        (15, "Exclusive", "200", ""),
        (15, "Exclusive", "", "unlinked"),
        (7, "Exclusive", "200", "tax_open"),
        (7, "Exclusive", "", "tax_open"),
        (7, "NoTax", "200", ""),
    ],
)
def test_a_line_says_what_it_lacks(customer: House, percent: int, treatment: str, account: str, warning: str) -> None:
    customer.pipedrive.products[DEAL][0]["tax"] = percent
    defaults = Defaults(treatment=treatment, account=account)
    save_preferences(customer.core, company_id=COMPANY, user_id=ADMIN, preferences=Preferences(), defaults=defaults)

    assert [line.warning for line in prepare(customer).lines] == [warning]


def test_a_currency_that_the_organisation_does_not_have_is_said_in_the_window(customer: House) -> None:
    customer.pipedrive.change(DEAL, currency="CHF")
    customer.pipedrive.products[DEAL][0]["currency"] = "CHF"

    assert prepare(customer).problem is ErrorCode.CURRENCY_NOT_ENABLED


def test_a_deal_with_only_disabled_products_has_no_lines(customer: House) -> None:
    customer.pipedrive.products[DEAL][0]["is_enabled"] = False

    assert prepare(customer).problem is ErrorCode.NO_LINES


def test_a_grant_that_may_not_draft_opens_no_window(customer: House) -> None:
    customer.xero.actions = []

    with pytest.raises(Anticipated) as caught:
        prepare(customer)

    assert caught.value.code is ErrorCode.NOT_ALLOWED
    assert customer.all(Intent) == []


def test_a_xero_grant_that_died_unseen_asks_to_reconnect(customer: House) -> None:
    customer.web.trouble("GET", "/Organisation", answers(401))

    with pytest.raises(Anticipated) as caught:
        prepare(customer)

    assert caught.value.code is ErrorCode.XERO_RECONNECT


def test_a_person_whose_tokens_died_unseen_must_install_again(customer: House) -> None:
    customer.web.trouble("GET", f"/deals/{DEAL}/products", answers(401))

    with pytest.raises(Anticipated) as caught:
        prepare(customer)

    assert caught.value.code is ErrorCode.INSTALL_LAPSED


def test_xero_s_lists_are_read_once_an_hour(customer: House) -> None:
    prepare(customer)
    prepare(customer)
    assert len(customer.web.made("GET", "/TaxRates")) == 1

    customer.keep_tokens_good()
    customer.clock.advance(hours=1)
    prepare(customer)

    assert len(customer.web.made("GET", "/TaxRates")) == 2


def test_a_window_that_xero_is_too_busy_for_says_so(customer: House) -> None:
    customer.web.trouble("GET", "/Organisation", answers(429, retry_after="9"))

    with pytest.raises(Exception, match="xero_busy"):
        prepare(customer)


def prepare(home: House) -> InvoiceForm:
    """Open the window as the admin."""
    return prepare_invoice(home.core, person=home.person(), deal_id=DEAL)


def link(home: House, contact_id: str) -> None:
    """Remember a contact for the deal's organization."""
    home.add(
        ContactLink(
            company_id=COMPANY,
            organisation_id=ORGANISATION,
            customer="organization:9",
            contact_id=contact_id,
            linked_at=home.clock(),
        )
    )
