"""Which Pipedrive fields fill the customer and the reference of an invoice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sync.domain.crm import Address, CrmOrganization, Deal, Person

_LONGEST_REFERENCE = 255
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LOOSE_ENDS = " -\N{EN DASH}\N{EM DASH}/|,;:\N{MIDDLE DOT}"


@dataclass(frozen=True)
class FieldMapping:
    """A company's choice; a source is `deal.…`, `person.…` or `org.…` and a field's name or code, or empty."""

    to: str = "org.name"
    address: str = "org.address"
    email: str = "person.email"
    tax_number: str = ""
    po_number: str = ""
    reference_template: str = "{deal_title}"


@dataclass(frozen=True)
class Customer:
    """Whom an invoice is for, as Pipedrive has it."""

    name: str
    address: Address
    email: str
    tax_number: str


PLACEHOLDERS = frozenset({"deal_title", "deal_id", "org_name", "person_name", "po_number"})


def customer_of(
    *, deal: Deal, person: Person | None, org: CrmOrganization | None, preferences: FieldMapping
) -> Customer:
    """Fill the customer from the mapped fields; a deal without an organization is its person's."""

    def value_of(source: str) -> object:
        return _value(source=source, deal=deal, person=person, org=org)

    name = _text(value=value_of(preferences.to)) or (org.name if org else "") or (person.name if person else "")
    address = _address(value=value_of(preferences.address))
    if org is None and person is not None and address == Address():
        address = person.address
    return Customer(
        name=name,
        address=address,
        email=_email(value=value_of(preferences.email)),
        tax_number=_text(value=value_of(preferences.tax_number)),
    )


def render_reference(
    *, deal: Deal, person: Person | None, org: CrmOrganization | None, preferences: FieldMapping
) -> str:
    """Fill the reference template; what is unknown or empty leaves no loose dash behind."""
    values = {
        "deal_title": deal.title,
        "deal_id": str(deal.deal_id),
        "org_name": org.name if org else "",
        "person_name": person.name if person else "",
        "po_number": _text(value=_value(source=preferences.po_number, deal=deal, person=person, org=org)),
    }
    filled = _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), preferences.reference_template)
    return " ".join(filled.split()).strip(_LOOSE_ENDS)[:_LONGEST_REFERENCE].rstrip()


def unknown_placeholders(*, template: str) -> tuple[str, ...]:
    """List the placeholders of a template that mean nothing, in the order they stand."""
    return tuple(name for name in _PLACEHOLDER.findall(template) if name not in PLACEHOLDERS)


def _value(*, source: str, deal: Deal, person: Person | None, org: CrmOrganization | None) -> object:
    entity, _, name = source.partition(".")
    own: dict[str, object] = {}
    record: Deal | Person | CrmOrganization | None = None
    if entity == "deal":
        record, own = deal, {"title": deal.title}
    elif entity == "person" and person is not None:
        record, own = person, {"name": person.name, "email": person.email, "address": person.address}
    elif entity == "org" and org is not None:
        record, own = org, {"name": org.name, "address": org.address}
    if record is None:
        return None
    return {**record.own_fields, **own}.get(name, record.custom_fields.get(name))


def _text(*, value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        # An option of a field comes with its label; the other kinds of objects are no text.
        return _text(value=value.get("label"))
    if isinstance(value, list):
        return ", ".join(filter(None, (_text(value=one) for one in value if isinstance(one, Mapping))))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""


def _email(*, value: object) -> str:
    """Give an e-mail address; what cannot be one, because the field holds something else now, is none."""
    text = _text(value=value)
    return text if "@" in text and not any(sign.isspace() for sign in text) else ""


def _address(*, value: object) -> Address:
    if isinstance(value, Address):
        return value
    if not isinstance(value, Mapping):
        return Address(value=_text(value=value))

    if "value" not in value:
        return Address()

    def part(name: str) -> str:
        return _text(value=value.get(name))

    return Address(
        value=part("value"),
        street=f"{part('street_number')} {part('route')}".strip(),
        locality=part("locality"),
        region=part("admin_area_level_1"),
        postal_code=part("postal_code"),
        country=part("country"),
    )
