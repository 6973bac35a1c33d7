from decimal import Decimal

import pytest

from sync.domain.crm import Address, CrmOrganization, Person
from sync.domain.mapping import Customer, FieldMapping, customer_of, render_reference, unknown_placeholders
from tests.unit.domain.factories import a_deal, a_person, an_organization

HASH = "9dc80c50d78a15643bfc4ca79d76156a73a1ca0e"


def customer(
    mapping: FieldMapping, *, person: Person | None = None, org: CrmOrganization | None = None, **deal: object
) -> Customer:
    return customer_of(deal=a_deal(**deal), person=person, org=org, preferences=mapping)


def reference(template: str, **deal: object) -> str:
    mapping = FieldMapping(reference_template=template, po_number=f"deal.{HASH}")
    return render_reference(deal=a_deal(**deal), person=a_person(), org=an_organization(), preferences=mapping)


class TestCustomer:
    def test_at_first_it_is_the_organization_and_the_persons_e_mail(self) -> None:
        org = an_organization()

        assert customer(FieldMapping(), person=a_person(), org=org) == Customer(
            name="Brightwater Studio Ltd", address=org.address, email="niamh@brightwater.example", tax_number=""
        )

    def test_without_an_organization_it_is_the_person(self) -> None:
        home = Address(value="3 Mill Lane")

        found = customer(FieldMapping(), person=a_person(address=home))

        assert (found.name, found.address) == ("Niamh Brennan", home)

    def test_a_person_without_e_mail_leaves_it_empty(self) -> None:
        assert customer(FieldMapping(), person=a_person(email=""), org=an_organization()).email == ""

    def test_a_deal_with_nobody_on_it_has_nobody(self) -> None:
        assert customer(FieldMapping()) == Customer(name="", address=Address(), email="", tax_number="")

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (" IE362 ", "IE362"),
            (362, "362"),
            (Decimal("36.2"), "36.2"),
            ({"id": 7, "label": "Blue"}, "Blue"),
            ([{"id": 7, "label": "Blue"}, {"id": 8, "label": "Red"}, {"id": 9, "label": None}], "Blue, Red"),
            (None, ""),
            (True, ""),
            (["x"], ""),
            ({"value": "8 rue des Écoles", "country": "France"}, ""),
            ({"value": 12, "currency": "EUR"}, ""),
        ],
    )
    def test_a_custom_field_of_any_type_gives_text(self, value: object, text: str) -> None:
        org = an_organization(custom_fields={HASH: value})

        assert customer(FieldMapping(tax_number=f"org.{HASH}"), org=org).tax_number == text

    def test_fields_of_deal_and_person_can_be_mapped(self) -> None:
        mapping = FieldMapping(to="deal.title", email=f"deal.{HASH}", tax_number=f"person.{HASH}")

        found = customer(
            mapping, person=a_person(custom_fields={HASH: "T-1"}), custom_fields={HASH: "pay@brightwater.example"}
        )

        assert (found.name, found.email, found.tax_number) == ("Rebrand", "pay@brightwater.example", "T-1")

    def test_pipedrives_own_fields_can_be_mapped(self) -> None:
        org = an_organization(own_fields={"website": "brightwater.example", "name": "not this one"})

        assert customer(FieldMapping(to="org.name", tax_number="org.website"), org=org).tax_number == (
            "brightwater.example"
        )
        assert customer(FieldMapping(to="org.name"), org=org).name == org.name

    @pytest.mark.parametrize("value", ["call first", "a b@c.example", 7, {"value": "x@y.example"}])
    def test_what_cannot_be_an_e_mail_address_is_left_out(self, value: object) -> None:
        found = customer(FieldMapping(email=f"deal.{HASH}"), person=a_person(), custom_fields={HASH: value})

        assert found.email == ""

    def test_what_is_no_address_is_left_out(self) -> None:
        org = an_organization(custom_fields={HASH: {"id": 7, "label": "Blue"}})

        assert customer(FieldMapping(address=f"org.{HASH}"), org=org).address == Address()

    def test_an_address_field_is_read_part_by_part(self) -> None:
        parts = {
            "value": "8 rue des Écoles, Lyon",
            "street_number": "8",
            "route": "rue des Écoles",
            "locality": "Lyon",
            "admin_area_level_1": None,
            "postal_code": "69005",
            "country": "France",
        }

        found = customer(FieldMapping(address=f"org.{HASH}"), org=an_organization(custom_fields={HASH: parts}))

        assert found.address == Address("8 rue des Écoles, Lyon", "8 rue des Écoles", "Lyon", "", "69005", "France")

    def test_an_address_in_a_text_field_is_kept_as_typed(self) -> None:
        org = an_organization(custom_fields={HASH: "Mill Lane"})

        assert customer(FieldMapping(address=f"org.{HASH}"), org=org).address == Address(value="Mill Lane")


class TestReference:
    def test_placeholders_are_filled(self) -> None:
        filled = reference(
            "{deal_title} ({deal_id}) {org_name}, {person_name}, PO {po_number}", custom_fields={HASH: "4711"}
        )

        assert filled == "Rebrand (42) Brightwater Studio Ltd, Niamh Brennan, PO 4711"

    def test_an_empty_placeholder_leaves_no_loose_end(self) -> None:
        assert reference("{po_number} / {deal_title} - {po_number}") == "Rebrand"

    def test_what_a_title_holds_is_never_a_template(self) -> None:
        assert reference("{deal_title}", title="{deal_id} {__class__}") == "{deal_id} {__class__}"

    def test_unknown_and_odd_placeholders_do_no_harm(self) -> None:
        assert reference("{deal_id.__class__}{nonsense}{deal_id}{") == "{deal_id.__class__}42{"
        assert unknown_placeholders(template="{nonsense} {deal_id} {PO}") == ("nonsense", "PO")

    def test_it_is_cut_to_what_xero_takes(self) -> None:
        assert reference("{deal_title}", title="x" * 300) == "x" * 255

    def test_line_breaks_become_spaces(self) -> None:
        assert reference("{deal_title}", title="Two\nlines") == "Two lines"
