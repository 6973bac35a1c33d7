"""A contact's addresses: the one that invoices print, and the rest."""

from dataclasses import replace
from typing import Any

from sync.clients.answers import dict_of
from sync.domain.crm import Address

_PRINTED = "POBOX"


def postal_address(answer: dict[str, Any]) -> Address:
    """Find the address that invoices print, which is the POBOX one."""
    rows = answer.get("Addresses")
    found = [row for row in rows if dict_of(row).get("AddressType") == _PRINTED] if isinstance(rows, list) else []
    row = found[0] if found else {}

    def part(name: str) -> str:
        return str(row.get(name) or "").strip()

    street = ", ".join(filter(None, (part(f"AddressLine{number}") for number in range(1, 5))))
    address = Address(
        street=street,
        locality=part("City"),
        region=part("Region"),
        postal_code=part("PostalCode"),
        country=part("Country"),
    )
    parts = (street, f"{address.postal_code} {address.locality}".strip(), address.region, address.country)
    return replace(address, value=", ".join(filter(None, parts)))


def other_addresses(answer: dict[str, Any]) -> tuple[dict[str, str], ...]:
    """Keep the addresses that invoices do not print, as far as they say anything, as they are."""
    rows = answer.get("Addresses")
    told = [_told(dict_of(row)) for row in rows] if isinstance(rows, list) else []
    return tuple(row for row in told if len(row) > 1 and row.get("AddressType") != _PRINTED)


def _told(row: dict[str, Any]) -> dict[str, str]:
    return {key: text for key, text in row.items() if isinstance(text, str) and text}
