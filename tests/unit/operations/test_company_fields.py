"""A company's fields are kept, read again when they are old, and remembered by name when they go."""

import pytest

from sync.domain.fields import DELETED, STANDARD
from sync.errors import Anticipated, ErrorCode
from sync.operations.company_fields import find_company_fields, get_company_fields, pull_company_fields, usable
from sync.operations.preferences import Preferences
from sync.store.company import Company, DealFieldCode
from tests.unit.clients.samples import a_field
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COLLEAGUE, COMPANY, House


@pytest.fixture
def shop(home: House) -> House:
    """A company with one field of its own for each kind of record."""
    home.keep_tokens_good()
    home.pipedrive.organization_fields = [a_field(field_code="vat", field_name="VAT number", field_type="varchar")]
    home.pipedrive.person_fields = [a_field(field_code="emails", field_name="Email", field_type="varchar")]
    home.pipedrive.fields = [a_field(field_code="po", field_name="Purchase order", field_type="varchar")]
    return home


def test_until_they_were_read_there_are_those_that_every_company_has(shop: House) -> None:
    assert find_company_fields(shop.core, company_id=COMPANY).known == STANDARD


def test_they_are_kept_by_source_with_their_age(shop: House) -> None:
    read = get_company_fields(shop.core, person=shop.person())

    assert set(read.known) == {*STANDARD, "org.vat", "deal.po"}
    assert read.known["person.email"].name == "Email"
    assert read.read_at == shop.clock()
    assert find_company_fields(shop.core, company_id=COMPANY) == read


def test_our_own_deal_fields_are_not_among_them(shop: House) -> None:
    shop.add(DealFieldCode(company_id=COMPANY, slot="number", field_code="po", options={}))

    assert "deal.po" not in get_company_fields(shop.core, person=shop.person()).known


def test_they_are_read_again_after_an_hour_or_when_asked_for(shop: House) -> None:
    get_company_fields(shop.core, person=shop.person())
    get_company_fields(shop.core, person=shop.person())
    assert len(shop.web.made("GET", "/dealFields")) == 1

    pull_company_fields(shop.core, person=shop.person())
    shop.clock.advance(hours=1)
    get_company_fields(shop.core, person=shop.person())

    assert len(shop.web.made("GET", "/dealFields")) == 3


def test_a_chosen_one_that_is_gone_is_remembered_by_its_name_until_it_is_not_chosen(shop: House) -> None:
    shop.set(Company, COMPANY, preferences={"tax_number": "org.vat"})
    get_company_fields(shop.core, person=shop.person())
    shop.pipedrive.organization_fields = []

    for _ in range(2):
        gone = pull_company_fields(shop.core, person=shop.person()).known["org.vat"]
        assert (gone.name, gone.field_type) == ("VAT number", DELETED)
    shop.set(Company, COMPANY, preferences={})

    assert "org.vat" not in pull_company_fields(shop.core, person=shop.person()).known


def test_what_is_hidden_from_one_person_is_gone_for_nobody(shop: House) -> None:
    colleague = shop.add_user(COLLEAGUE)
    shop.set(Company, COMPANY, preferences={"tax_number": "org.vat"})
    before = get_company_fields(shop.core, person=shop.person()).known
    shop.pipedrive.organization_fields = []
    shop.pipedrive.fields.append(a_field(field_code="new", field_name="New", field_type="varchar"))

    as_the_colleague_sees_them = pull_company_fields(shop.core, person=colleague)

    assert as_the_colleague_sees_them.known["org.vat"] == before["org.vat"]
    assert set(as_the_colleague_sees_them.known) == {*before, "deal.new"}
    assert find_company_fields(shop.core, company_id=COMPANY) == as_the_colleague_sees_them
    assert pull_company_fields(shop.core, person=shop.person()).known["org.vat"].field_type == DELETED


def test_invoices_are_filled_without_fields_that_are_gone_or_hold_something_else(shop: House) -> None:
    shop.pipedrive.fields = [a_field(field_code="day", field_name="A day", field_type="date")]
    chosen = Preferences(tax_number="org.vat", po_number="deal.day", address="org.nowhere")
    before = find_company_fields(shop.core, company_id=COMPANY)
    after = get_company_fields(shop.core, person=shop.person())

    assert usable(preferences=chosen, fields=before) == chosen, "nobody knows yet"
    assert usable(preferences=chosen, fields=after) == Preferences(tax_number="org.vat", address="")


@pytest.mark.parametrize("status", [403, 404, 429, 503])
def test_where_pipedrive_gives_none_the_kept_ones_stay_and_say_so(shop: House, status: int) -> None:
    before = get_company_fields(shop.core, person=shop.person())
    shop.clock.advance(hours=2)
    shop.web.trouble("GET", "/personFields", answers(status, retry_after="1"), times=9)

    after = get_company_fields(shop.core, person=shop.person())

    assert (after.known, after.read_at) == (before.known, before.read_at)
    assert after.problem is not None


def test_a_person_whose_tokens_died_must_install_again(shop: House) -> None:
    shop.web.trouble("GET", "/personFields", answers(401), times=2)

    with pytest.raises(Anticipated) as caught:
        pull_company_fields(shop.core, person=shop.person())

    assert caught.value.code is ErrorCode.INSTALL_LAPSED


def test_another_company_s_fields_stay_its_own(shop: House) -> None:
    shop.add_company(7)

    get_company_fields(shop.core, person=shop.person())

    assert find_company_fields(shop.core, company_id=7).read_at is None


def test_nobody_answering_is_no_loss_either(shop: House) -> None:
    shop.web.trouble("GET", "/dealFields", away)

    read = get_company_fields(shop.core, person=shop.person())

    assert (read.known, read.read_at) == (STANDARD, None)
