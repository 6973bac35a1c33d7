"""The preferences page: what is shown, and what is said of chosen fields."""

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from sync.operations.preferences import Preferences
from sync.store.accounts import OrganisationDefaults
from sync.store.company import Company
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COMPANY, ORGANISATION, House
from tests.unit.marketplace.preferences_page import (
    COLOUR,
    FAX,
    PLACE,
    PO,
    VAT,
    defaults,
    example,
    offered,
    opened,
    post,
    save,
    shop,
    stored,
    text_at,
    visitor,
)

__all__ = ["shop", "visitor"]  # fixtures


class TestThePage:
    def test_only_fields_that_suit_are_offered_by_the_record_that_they_belong_to(self, visitor: FlaskClient) -> None:
        page = opened(visitor)

        assert offered(page, "to") == {
            "Organization": ["org.name", VAT],
            "Contact person": ["person.name", "person.email", FAX],
            "Deal": ["deal.title", COLOUR, PO],
        }
        assert offered(page, "address") == {
            "Organization": ["org.address", PLACE],
            "Contact person": ["person.address"],
        }
        assert offered(page, "email") == {
            "Organization": [VAT],
            "Contact person": ["person.email"],
            "Deal": [PO],
        }

    def test_a_real_deal_is_shown_beside_the_form(self, visitor: FlaskClient) -> None:
        assert example(opened(visitor)) == {
            "To": "Acme Ltd",
            "Address": "1 Quay Street, Whitby",
            "E-mail": "w@acme.example",
            "Tax number": "Empty",
            "Reference": "Lighthouse",
            "Issue date": "22 Nov 2026",
            "Due date": "6 Dec 2026",
        }

    def test_the_percentages_of_recent_deals_and_products_wait_for_their_rates(
        self, shop: House, visitor: FlaskClient
    ) -> None:
        shop.pipedrive.taxes = [21]

        page = opened(visitor)

        rows = page.select(".taxes > .tax-row")
        assert [row.select_one("input")["value"] for row in rows] == ["7.5", "15", "21", ""]  # type: ignore[index]  # it is there
        assert "Xero has no rate of this percentage" in rows[0].get_text()
        assert "Automatic: 15% GST" in text_at(rows[1], "option")

    def test_without_pipedrive_what_is_stored_is_shown_and_can_be_saved(
        self, shop: House, visitor: FlaskClient
    ) -> None:
        shop.set(Company, COMPANY, preferences={"tax_number": VAT})
        shop.web.trouble("GET", "Fields", away, times=9)

        page = opened(visitor)

        assert "Pipedrive gave no answer" in page.get_text()
        assert "was deleted" not in page.get_text()
        assert save(visitor, due_day="3").status_code == 302
        assert stored(shop) == Preferences(tax_number=VAT, due_day=3)

    def test_without_xero_what_is_stored_is_shown_and_can_be_saved(self, shop: House, visitor: FlaskClient) -> None:
        shop.add(OrganisationDefaults(company_id=COMPANY, organisation_id=ORGANISATION, account_code="200"))
        shop.web.trouble("GET", "/Organisation", away, times=9)

        page = opened(visitor)

        assert "Xero gave no answer" in page.get_text()
        assert save(visitor, due_day="3").status_code == 302
        assert defaults(shop).account_code == "200"

    def test_a_connection_that_xero_ended_is_found_out_here(self, shop: House, visitor: FlaskClient) -> None:
        shop.web.trouble("GET", "/Organisation", answers(403, b'{"Detail": "AuthenticationUnsuccessful"}'), times=2)

        page = visitor.get("/setup?change=preferences").text

        assert "The connection to Maple Florists has ended" in page
        assert "Connect to Xero" in page


class TestChosenFields:
    def test_one_that_was_deleted_is_said_by_its_name_and_kept(self, shop: House, visitor: FlaskClient) -> None:
        save(visitor, tax_number=VAT)
        shop.pipedrive.organization_fields = shop.pipedrive.organization_fields[:2]

        page = BeautifulSoup(post(visitor, "/setup/fields").text, "html.parser")

        assert "Organization: VAT number (not usable)" in text_at(page, "[name=tax_number] [selected]")
        assert "This field was deleted in Pipedrive; choose another" in text_at(page, "#trouble-tax_number")
        assert save(visitor, due_day="5").status_code == 302
        assert stored(shop).tax_number == VAT

    def test_one_whose_type_no_longer_suits_is_said(self, shop: House, visitor: FlaskClient) -> None:
        save(visitor, address=PLACE)
        shop.pipedrive.organization_fields[3]["field_type"] = "varchar"

        page = BeautifulSoup(post(visitor, "/setup/fields").text, "html.parser")

        assert "now holds something else" in text_at(page, "#trouble-address")

    def test_reading_again_keeps_what_was_typed(self, visitor: FlaskClient) -> None:
        page = BeautifulSoup(post(visitor, "/setup/fields", reference_template="No. {deal_id}").text, "html.parser")

        assert page.select_one("[name=reference_template]")["value"] == "No. {deal_id}"  # type: ignore[index]  # it is there

    def test_fields_are_read_once_an_hour(self, shop: House, visitor: FlaskClient) -> None:
        shop.keep_tokens_good()
        opened(visitor)
        opened(visitor)
        assert len(shop.web.made("GET", "/personFields")) == 1

        shop.clock.advance(hours=1)
        opened(visitor)

        assert len(shop.web.made("GET", "/personFields")) == 2
