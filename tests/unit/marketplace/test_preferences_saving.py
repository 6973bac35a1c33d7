"""What is saved, refused, and told to whoever comes second."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from sync.operations.preferences import Preferences
from sync.store.accounts import Connection
from tests.unit.fakes.house import COLLEAGUE, House
from tests.unit.marketplace.preferences_page import (
    PLACE,
    PO,
    VAT,
    defaults,
    form_of,
    opened,
    save,
    shop,
    stored,
    text_at,
    visit,
    visitor,
)

__all__ = ["shop", "visitor"]  # fixtures


class TestSaving:
    def test_everything_is_kept(self, shop: House, visitor: FlaskClient) -> None:
        answer = save(
            visitor,
            to="deal.title",
            address=PLACE,
            email="",
            tax_number=VAT,
            po_number=PO,
            reference_template="{po_number}",
            due_kind="OFCURRENTMONTH",
            due_day="31",
            default_account="200",
            line_amount_types="Inclusive",
            create_as="approve",
            tax_percent=["7,5", "15"],
            tax_rate=["OUTPUT2", ""],
        )

        assert answer.location == "/setup?notice=saved"
        assert stored(shop) == Preferences(
            "deal.title", PLACE, "", VAT, PO, "{po_number}", due_kind="OFCURRENTMONTH", due_day=31
        )
        kept = defaults(shop)
        assert (kept.account_code, kept.line_amount_types, kept.create_as) == ("200", "Inclusive", "approve")
        assert kept.tax_table == {"7.5": "OUTPUT2"}

    @pytest.mark.parametrize(
        ("wrong", "name", "advice"),
        [
            ({"due_day": "400"}, "due_day", "Enter a number of days from 0 to 365."),
            ({"due_day": "soon"}, "due_day", "Enter a number of days from 0 to 365."),
            ({"due_day": "32", "due_kind": "OFFOLLOWINGMONTH"}, "due_day", "Enter a day of the month, from 1 to 31."),
            ({"reference_template": "x" * 256}, "reference_template", "Use at most 255 characters."),
            ({"reference_template": "{a} {deal_id}"}, "reference_template", "Instep does not know {a}."),
            ({"to": "deal.owner_id"}, "to", "choose one of the listed values."),
            ({"to": "deal; x"}, "to", "Choose one of the listed values."),
            ({"email": "org.address"}, "email", "choose one of the listed values."),
            ({"default_account": "999"}, "default_account", "choose one of the listed values."),
            ({"theme_id": "nice"}, "theme_id", "choose one of the listed values."),
            ({"tax_percent": ["many"], "tax_rate": ["OUTPUT2"]}, "tax_percent", "Enter a percentage from 0 to 100"),
            ({"tax_percent": ["7", "7,0"], "tax_rate": ["", ""]}, "tax_percent", "stands in the table twice"),
            ({"tax_percent": ["7"], "tax_rate": ["NONE_SUCH"]}, "", "choose one of the listed values."),
            ({"admin": "1"}, "", ""),
        ],
    )
    def test_what_is_wrong_is_marked_and_all_that_was_typed_stays(
        self, shop: House, visitor: FlaskClient, wrong: dict[str, str | list[str]], name: str, advice: str
    ) -> None:
        answer = save(visitor, **{"due_day": "9", "po_number": PO} | wrong)

        page = BeautifulSoup(answer.text, "html.parser")
        assert answer.status_code == 422
        assert advice in page.get_text()
        assert not name or page.select_one(f"[name={name}][aria-invalid=true]")
        assert page.select_one("[name=po_number] [selected]")["value"] == PO  # type: ignore[index]  # it is there
        assert page.select_one("[name=due_day]")["value"] == wrong.get("due_day", "9")  # type: ignore[index]  # it is there
        assert stored(shop) == Preferences()

    def test_what_this_person_may_not_do_cannot_be_the_default_and_says_why(self, shop: House) -> None:
        colleague = visit(shop, COLLEAGUE)

        page = opened(colleague)

        approve = page.select_one("[name=create_as][value=approve]")
        assert approve is not None
        assert approve.has_attr("disabled")
        assert approve.find_parent("label").select_one(".hint")  # type: ignore[union-attr]  # it is there
        assert save(colleague, create_as="approve").status_code == 422

    def test_a_second_saver_is_told_and_nothing_is_lost(self, shop: House, visitor: FlaskClient) -> None:
        colleague = visit(shop, COLLEAGUE)
        mine, theirs = form_of(opened(visitor)), form_of(opened(colleague))
        colleague.post("/setup/preferences", data=theirs | {"due_day": "30", "tax_number": VAT})

        answer = visitor.post("/setup/preferences", data=mine | {"due_day": "7", "default_account": "200"})

        assert answer.status_code == 409
        page = BeautifulSoup(answer.text, "html.parser")
        told = text_at(page, ".banner.warn")
        assert "User 2" in told
        assert "Due date: from 14 days after the issue date to 30 days after the issue date" in told
        shown = form_of(page)
        assert (shown["due_day"], shown["tax_number"], shown["default_account"]) == ("7", VAT, "200")
        assert stored(shop).due_day == 30
        assert visitor.post("/setup/preferences", data=shown).status_code == 302
        assert stored(shop) == Preferences(tax_number=VAT, due_day=7)

    def test_what_was_chosen_for_another_organisation_is_not_saved_for_this_one(
        self, shop: House, visitor: FlaskClient
    ) -> None:
        typed = form_of(opened(visitor)) | {"default_account": "200", "due_day": "7"}
        shop.set(Connection, shop.all(Connection)[0].key, state="ended")
        shop.add_organisation("another", "another-tenant")
        shop.connect(organisation_id="another")

        answer = visitor.post("/setup/preferences", data=typed)

        shown = form_of(BeautifulSoup(answer.text, "html.parser"))
        assert answer.status_code == 409
        assert (shown["default_account"], shown["due_day"]) == ("", "7")
