"""Which Pipedrive fields there are, and what each may be used for on an invoice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

#: The kinds of records that a deal's invoice can draw on, as sources name them, in the order in which they are offered.
ENTITIES = ("org", "person", "deal")
#: The type of a field that is remembered by its name only, because it was deleted in Pipedrive.
DELETED = "deleted"

_TEXTS = frozenset({"varchar", "varchar_auto", "text", "phone", "double", "int"})
#: Fields whose value is an id among options.
_OPTIONS = frozenset({"enum", "set"})


class Use(StrEnum):
    """What a field may be chosen for."""

    TO = "to"
    ADDRESS = "address"
    EMAIL = "email"
    TAX_NUMBER = "tax_number"
    PO_NUMBER = "po_number"


class FieldTrouble(StrEnum):
    """Why a chosen field gives nothing."""

    DELETED = "deleted"
    WRONG_TYPE = "wrong_type"


@dataclass(frozen=True)
class SourceField:
    """A field of a deal, a person or an organization; `source` is how a preference names it."""

    source: str
    name: str
    field_type: str
    is_custom: bool = True

    @property
    def entity(self) -> str:
        """The kind of record that it belongs to."""
        return self.source.partition(".")[0]


#: What every company has, by names that a page finds words for; enough until the definitions were read once.
STANDARD = {
    field.source: field
    for field in (
        SourceField("org.name", "", "varchar", is_custom=False),
        SourceField("org.address", "", "address", is_custom=False),
        SourceField("person.name", "", "varchar", is_custom=False),
        SourceField("person.email", "", "varchar", is_custom=False),
        SourceField("person.address", "", "address", is_custom=False),
        SourceField("deal.title", "", "varchar", is_custom=False),
    )
}


def source_of(*, entity: str, field_code: str) -> str:
    """Name a field as a preference does; Pipedrive calls a few of its own by several codes."""
    code = _SAME.get((entity, field_code), field_code)
    return f"{entity}.{code}"


def suits(*, field: SourceField, use: Use) -> bool:
    """Say whether a field's type fits what it would be used for."""
    if use is Use.ADDRESS:
        return field.field_type == "address"
    if use is Use.EMAIL:
        # Of Pipedrive's own fields only one holds an e-mail address; a custom field of text may.
        is_text = field.field_type in ("varchar", "varchar_auto", "text")
        return is_text and (field.is_custom or field.source == "person.email")
    if field.field_type in _OPTIONS:
        # An answer carries the labels of a company's own options only; of Pipedrive's it has bare ids.
        return field.is_custom
    return field.field_type in _TEXTS


def offered(*, known: Mapping[str, SourceField], use: Use) -> tuple[tuple[str, tuple[SourceField, ...]], ...]:
    """Group the fields that suit a use by the kind of record, Pipedrive's own before the company's."""
    fitting = sorted(
        (field for field in known.values() if suits(field=field, use=use)),
        key=lambda field: (field.is_custom, field.name.casefold() if field.is_custom else ""),
    )
    groups = ((entity, tuple(field for field in fitting if field.entity == entity)) for entity in ENTITIES)
    return tuple((entity, fields) for entity, fields in groups if fields)


def trouble_with(*, source: str, use: Use, known: Mapping[str, SourceField]) -> FieldTrouble | None:
    """Say why a chosen field gives nothing, if so."""
    if not source:
        return None
    field = known.get(source)
    if field is None or field.field_type == DELETED:
        return FieldTrouble.DELETED
    return None if suits(field=field, use=use) else FieldTrouble.WRONG_TYPE


def remember_deleted(
    *, known: Iterable[SourceField], before: Mapping[str, SourceField], chosen: Iterable[str]
) -> tuple[SourceField, ...]:
    """Add to the known fields those that are chosen and no longer there, by the names that they had."""
    found = {field.source: field for field in known}
    gone = {source: before[source] for source in chosen if source in before and source not in found}
    return (
        *found.values(),
        *(SourceField(source, field.name, DELETED, field.is_custom) for source, field in gone.items()),
    )


_SAME = {
    ("person", "emails"): "email",
    ("person", "phones"): "phone",
    ("person", "postal_address"): "address",
}
