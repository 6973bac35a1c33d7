"""The example follows what is typed, and the history tells what was saved."""

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from sync.operations.preferences import Preferences
from sync.store.company import PreferenceChange
from tests.unit.fakes.core import away
from tests.unit.fakes.house import COMPANY, DEAL, House
from tests.unit.marketplace.preferences_page import (
    COLOUR,
    PLACE,
    PO,
    VAT,
    example,
    form_of,
    opened,
    post,
    save,
    shop,
    stored,
    visitor,
)

__all__ = ["shop", "visitor"]  # fixtures


class TestTheExample:
    def test_it_follows_what_is_typed_and_keeps_nothing(self, shop: House, visitor: FlaskClient) -> None:
        typed = {
            "to": COLOUR,
            "address": PLACE,
            "tax_number": VAT,
            "po_number": PO,
            "reference_template": "{po_number} / {person_name}",
            "due_kind": "OFFOLLOWINGMONTH",
            "due_day": "20",
        }

        part = post(visitor, "/setup/example/part", **typed)
        whole = post(visitor, "/setup/example", **typed)

        shown = example(BeautifulSoup(part.text, "html.parser"))
        assert shown == {
            "To": "Blue",
            "Address": "Harbour 3",
            "E-mail": "w@acme.example",
            "Tax number": "GB 123",
            "Reference": "4711 / Wilma",
            "Issue date": "22 Nov 2026",
            "Due date": "20 Dec 2026",
        }
        page = BeautifulSoup(whole.text, "html.parser")
        assert example(page) == shown
        assert page.select_one("[name=due_day]")["value"] == "20"  # type: ignore[index]  # it is there
        assert stored(shop) == Preferences()

    def test_terms_of_xero_are_the_organisation_s_here(self, visitor: FlaskClient) -> None:
        part = post(visitor, "/setup/example/part", due_kind="XERO_TERMS", due_day="")

        assert "a contact with terms of its own has those" in part.text

    def test_what_cannot_be_read_is_said_in_its_place(self, visitor: FlaskClient) -> None:
        part = post(visitor, "/setup/example/part", reference_template="{nonsense}")

        assert part.status_code == 200
        assert "Instep does not know {nonsense}." in part.text

    def test_another_deal_can_be_chosen(self, shop: House, visitor: FlaskClient) -> None:
        shop.pipedrive.add_deal(7, title="Harbour wall", person_id=None)

        assert "Harbour wall" in post(visitor, "/setup/example/part", example_deal="7").text

    def test_a_deal_that_cannot_be_read_is_said(self, shop: House, visitor: FlaskClient) -> None:
        form = form_of(opened(visitor))
        shop.web.trouble("GET", f"/deals/{DEAL}", away)

        part = visitor.post("/setup/example/part", data=form)

        assert part.status_code == 200
        assert "refusal" in part.text


class TestHistory:
    def test_it_says_who_changed_what_when_from_what_to_what(self, visitor: FlaskClient) -> None:
        save(visitor, to=VAT, po_number=PO, reference_template="PO {po_number}", default_account="200")
        save(visitor, create_as="submit", line_amount_types="NoTax", due_kind="XERO_TERMS")
        save(visitor, tax_percent=["15"], tax_rate=["OUTPUT2"])

        said = " ".join(visitor.get("/setup/history").text.split())

        for words in (
            "To: from Organization: name to Organization: VAT number",
            "PO number: from nothing to Deal: Purchase order",
            "Reference: from “{deal_title}” to “PO {po_number}”",
            "Account for lines: from nothing to 200 · Sales",
            "Status on creation: from Save as draft to Submit for approval",
            "Due date: from 14 days after the issue date to Terms in Xero",
            "Tax rate for 15%: from automatic to 15% GST on Income",
            "User 1",
        ):
            assert words in said
        assert said.index("Tax rate for") < said.index("PO number")

    def test_it_is_paged_by_twenty(self, shop: House, visitor: FlaskClient) -> None:
        for day in range(21):
            change = {"due": [f"DAYSAFTERBILLDATE:{day}", f"DAYSAFTERBILLDATE:{day + 1}"]}
            shop.add(PreferenceChange(company_id=COMPANY, user_id=77, at=shop.clock(), changes=change))

        first, last = visitor.get("/setup/history").text, visitor.get("/setup/history?page=99").text

        assert first.count("A former user") == 20
        assert "from 20 days" in first
        assert "Page 1 of 2" in first
        assert last.count("A former user") == 1
        assert "from 0 days after the issue date to 1 day after" in last

    def test_what_was_not_changed_is_no_change(self, shop: House, visitor: FlaskClient) -> None:
        save(visitor)

        assert shop.all(PreferenceChange) == []
        assert "Nothing was changed yet." in visitor.get("/setup/history").text
