"""The window is filled from the deal as the person sees it, and what it shows is written down."""

from datetime import date
from decimal import Decimal

import pytest

from sync.domain.invoice import LineAmountTypes
from sync.domain.notes import NoteCode
from sync.errors import Anticipated, ErrorCode
from sync.operations.half_written import forget_half_written, keep_half_written
from sync.operations.prepare_invoice import InvoiceForm, prepare_invoice
from sync.operations.prepared import from_stored
from sync.store.accounts import OrganisationDefaults
from sync.store.company import Company
from sync.store.invoices import ContactLink, Intent, ItemLink
from tests.unit.clients.samples import a_product
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, ORGANISATION, House
from tests.unit.fakes.xero import THEME, an_item


@pytest.fixture
def customer(home: House) -> House:
    """A house whose deal is with an organization, and has one product."""
    home.pipedrive.organizations[9] = "Barney  Rubble"
    home.pipedrive.change(DEAL, org_id=9, person_id=None)
    home.pipedrive.products[DEAL] = [
        a_product(currency="NZD", tax=15, tax_method="exclusive", discount=0, item_price=10)
    ]
    return home


def test_the_window_shows_the_deal_s_products_and_writes_down_whom_it_is_for(customer: House) -> None:
    form = prepare(customer)

    [one] = form.lines
    assert (one.line.description, one.line.quantity, one.line.tax_type) == ("Mechanical Pencil", Decimal(1), "OUTPUT2")
    assert (form.currency, form.treatment) == ("NZD", LineAmountTypes.EXCLUSIVE)
    intent = customer.get(Intent, form.intent_key)
    assert (intent.state, intent.deal_id, intent.user_id) == ("prepared", DEAL, ADMIN)
    assert from_stored(intent.prepared).customer == form.customer


def test_today_is_the_organisation_s_and_the_due_date_follows_the_preferences(customer: House) -> None:
    customer.set(Company, COMPANY, preferences={"due_day": 30})
    customer.keep_tokens_good()
    customer.clock.advance(hours=1)

    form = prepare(customer)

    assert (form.issue_date, form.due_date) == (date(2026, 11, 23), date(2026, 12, 23))


def test_each_opening_is_an_intent_of_its_own(customer: House) -> None:
    assert prepare(customer).intent_key != prepare(customer).intent_key


def test_a_warm_window_asks_xero_nothing(customer: House) -> None:
    prepare(customer)
    customer.web.calls.clear()

    prepare(customer)

    assert [call.url for call in customer.web.calls if "xero" in call.url] == []


def test_the_remembered_contact_is_named_without_a_call(customer: House) -> None:
    key = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    customer.add(ContactLink(**key, contact_id="c-1", contact_name="Rubble Ltd", linked_at=customer.clock()))

    form = prepare(customer)

    assert (form.contact_id, form.contact_name) == ("c-1", "Rubble Ltd")


def test_a_product_brings_the_item_and_the_account_that_were_remembered(customer: House) -> None:
    customer.xero.items = [an_item()]
    product = str(customer.pipedrive.products[DEAL][0]["product_id"])
    key = {"company_id": COMPANY, "organisation_id": ORGANISATION, "product": product}
    customer.add(ItemLink(**key, item_id="i-1", linked_at=customer.clock()))

    [one] = prepare(customer).lines

    assert (one.line.item_code, one.item_name, one.line.account_code) == ("LENS", "Lens", "200")


def test_a_remembered_item_that_is_gone_leaves_the_line_unlinked(customer: House) -> None:
    product = str(customer.pipedrive.products[DEAL][0]["product_id"])
    key = {"company_id": COMPANY, "organisation_id": ORGANISATION, "product": product}
    customer.add(ItemLink(**key, item_id="gone", linked_at=customer.clock()))

    assert [one.line.item_code for one in prepare(customer).lines] == [None]


def test_a_deal_without_products_is_one_line_with_its_title_and_value(home: House) -> None:
    home.pipedrive.change(DEAL, person_id=None, value=200)

    form = prepare(home)

    assert [(one.line.description, one.line.unit_amount) for one in form.lines] == [("Deal Title", Decimal(200))]


def test_a_customer_whom_the_person_may_not_see_is_nobody_and_the_window_opens(customer: House) -> None:
    customer.web.trouble("GET", "/organizations/9", answers(403))

    form = prepare(customer)

    assert form.customer.name == ""
    assert len(form.lines) == 1


def test_what_the_company_chose_for_the_organisation_is_proposed(customer: House) -> None:
    chosen = {"account_code": "200", "line_amount_types": "NoTax", "create_as": "approve", "tax_table": {"15": "X"}}
    customer.add(OrganisationDefaults(company_id=COMPANY, organisation_id=ORGANISATION, theme_id=THEME, **chosen))

    form = prepare(customer)

    assert (form.treatment, form.choices.defaults.theme_id) == (LineAmountTypes.NO_TAX, THEME)
    assert [one.line.account_code for one in form.lines] == ["200"]
    assert form.choices.tax_types == {}, "what was chosen for 15% is gone, and nothing is guessed in its place"


def test_a_choice_that_somebody_may_not_make_says_why(customer: House) -> None:
    customer.add_user(COLLEAGUE)
    customer.pipedrive.products[DEAL] = []

    form = prepare_invoice(customer.core, person=customer.person(COLLEAGUE), deal_id=DEAL)

    assert form.choices.create_as == {"draft": None, "submit": None, "approve": ErrorCode.NOT_ALLOWED}


def test_a_currency_that_the_organisation_does_not_have_is_said_in_the_window(customer: House) -> None:
    customer.pipedrive.change(DEAL, currency="CHF")
    customer.pipedrive.products[DEAL][0]["currency"] = "CHF"

    assert prepare(customer).problem is ErrorCode.CURRENCY_NOT_ENABLED


def test_prices_in_several_currencies_are_said_and_written_down(customer: House) -> None:
    customer.pipedrive.products[DEAL].append(a_product(currency="EUR"))

    form = prepare(customer)

    assert form.problem is ErrorCode.MIXED_CURRENCIES
    assert from_stored(customer.get(Intent, form.intent_key).prepared).is_mixed


def test_a_deal_with_only_disabled_products_has_no_lines(customer: House) -> None:
    customer.pipedrive.products[DEAL][0]["is_enabled"] = False

    form = prepare(customer)

    assert (form.lines, form.problem) == ((), None)


def test_a_deal_to_be_paid_in_instalments_says_that_all_is_billed(customer: House) -> None:
    customer.pipedrive.installments[DEAL] = [{"id": 1}]

    assert [note.code for note in prepare(customer).notes][-1] is NoteCode.INSTALMENTS_LEFT_OUT


def test_a_plan_without_instalments_opens_the_window_all_the_same(customer: House) -> None:
    customer.web.trouble("GET", "/installments", answers(403, b'{"code": "feature_capping_x"}'))

    assert NoteCode.INSTALMENTS_LEFT_OUT not in [note.code for note in prepare(customer).notes]


def test_what_was_half_written_comes_back_to_the_same_person(customer: House) -> None:
    keep_half_written(customer.core, person=customer.person(), deal_id=DEAL, content={"reference": "x"})

    half = prepare(customer).half_written

    assert half is not None
    assert half.content == {"reference": "x"}
    customer.add_user(COLLEAGUE)
    other = prepare_invoice(customer.core, person=customer.person(COLLEAGUE), deal_id=DEAL)
    assert other.half_written is None


def test_what_was_half_written_is_forgotten_when_asked(customer: House) -> None:
    keep_half_written(customer.core, person=customer.person(), deal_id=DEAL, content={"reference": "x"})

    forget_half_written(customer.core, person=customer.person(), deal_id=DEAL)

    assert prepare(customer).half_written is None


def test_a_grant_that_may_not_draft_opens_no_window(customer: House) -> None:
    customer.xero.actions = ["CreateApprovedInvoice"]

    with pytest.raises(Anticipated) as caught:
        prepare(customer)

    assert caught.value.code is ErrorCode.NOT_ALLOWED_IN_XERO
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
