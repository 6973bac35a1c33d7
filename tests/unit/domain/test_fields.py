import pytest

from sync.domain.fields import (
    DELETED,
    STANDARD,
    FieldTrouble,
    SourceField,
    Use,
    offered,
    remember_deleted,
    source_of,
    suits,
    trouble_with,
)

VAT = SourceField("org.vat", "VAT number", "varchar")
PLACE = SourceField("org.place", "Place", "address")


@pytest.mark.parametrize(
    ("use", "types"),
    [
        (Use.TO, {"varchar", "varchar_auto", "text", "enum", "set", "phone", "double", "int"}),
        (Use.PO_NUMBER, {"varchar", "varchar_auto", "text", "enum", "set", "phone", "double", "int"}),
        (Use.EMAIL, {"varchar", "varchar_auto", "text"}),
        (Use.ADDRESS, {"address"}),
    ],
)
def test_the_type_decides_what_a_field_may_be_used_for(use: Use, types: set[str]) -> None:
    every = types | {"address", "monetary", "date", "user", "org", "people", "boolean", "enum", "stage", DELETED}

    assert {kind for kind in every if suits(field=SourceField("org.x", "X", kind), use=use)} == types


@pytest.mark.parametrize("kind", ["enum", "set"])
def test_of_pipedrives_own_options_only_ids_are_known_and_none_is_printed(kind: str) -> None:
    label = SourceField("org.label_ids", "Labels", kind, is_custom=False)

    assert not suits(field=label, use=Use.TO)
    assert trouble_with(source=label.source, use=Use.TO, known={label.source: label}) is FieldTrouble.WRONG_TYPE


def test_of_pipedrives_own_fields_only_the_e_mail_address_is_one() -> None:
    assert [field for field in STANDARD if suits(field=STANDARD[field], use=Use.EMAIL)] == ["person.email"]


def test_fields_are_offered_by_record_pipedrives_own_first() -> None:
    known = {field.source: field for field in (SourceField("deal.b", "b", "text"), SourceField("deal.a", "A", "text"))}

    assert offered(known=STANDARD | known, use=Use.TAX_NUMBER) == (
        ("org", (STANDARD["org.name"],)),
        ("person", (STANDARD["person.name"], STANDARD["person.email"])),
        ("deal", (STANDARD["deal.title"], known["deal.a"], known["deal.b"])),
    )


@pytest.mark.parametrize(
    ("source", "use", "trouble"),
    [
        ("", Use.TO, None),
        ("org.vat", Use.TO, None),
        ("org.vat", Use.ADDRESS, FieldTrouble.WRONG_TYPE),
        ("org.place", Use.EMAIL, FieldTrouble.WRONG_TYPE),
        ("org.nowhere", Use.TO, FieldTrouble.DELETED),
        ("org.old", Use.TO, FieldTrouble.DELETED),
    ],
)
def test_a_chosen_field_that_gives_nothing_says_why(source: str, use: Use, trouble: FieldTrouble | None) -> None:
    known = {field.source: field for field in (VAT, PLACE, SourceField("org.old", "Old", DELETED))}

    assert trouble_with(source=source, use=use, known=known) is trouble


def test_a_chosen_field_is_remembered_by_its_name_when_it_is_deleted() -> None:
    before = {field.source: field for field in (VAT, PLACE, SourceField("org.gone", "Gone long ago", DELETED))}

    known = remember_deleted(known=[PLACE], before=before, chosen=["org.vat", "org.place", "org.gone", ""])

    assert [(field.source, field.name, field.field_type) for field in known] == [
        ("org.place", "Place", "address"),
        ("org.vat", "VAT number", DELETED),
        ("org.gone", "Gone long ago", DELETED),
    ]


@pytest.mark.parametrize(
    ("entity", "code", "source"),
    [
        ("person", "emails", "person.email"),
        ("person", "phones", "person.phone"),
        ("person", "postal_address", "person.address"),
        ("org", "address", "org.address"),
        ("deal", "emails", "deal.emails"),
    ],
)
def test_a_field_is_named_by_one_code_only(entity: str, code: str, source: str) -> None:
    assert source_of(entity=entity, field_code=code) == source
