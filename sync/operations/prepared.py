"""Whom an invoice window is for, kept with its intent: what was shown is what is sent."""

from dataclasses import asdict, dataclass
from typing import Any

from sync.domain.crm import Address
from sync.domain.mapping import Customer


@dataclass(frozen=True)
class Prepared:
    """The customer as the window showed it. `customer_key` is `organization:12` or `person:34`, or empty."""

    customer: Customer
    customer_key: str
    #: The contact that this window has created, so that another click does not create another.
    created_contact_id: str = ""
    #: How often Xero has refused to create it, each time under a key of its own.
    contact_tries: int = 0
    #: Whether the deal's prices are in several currencies, so that nothing may be made of them.
    is_mixed: bool = False
    #: What the window showed of it besides: a rule shows nobody, so that the timeline has to tell.
    notes: tuple[dict[str, Any], ...] = ()

    @property
    def is_person(self) -> bool:
        """Whether the customer is one of Pipedrive's persons, of whom many have the same name."""
        return self.customer_key.startswith("person:")


def to_stored(prepared: Prepared) -> dict[str, Any]:
    """Write it as JSON."""
    return asdict(prepared)


def from_stored(stored: dict[str, Any]) -> Prepared:
    """Read it back."""
    customer = stored["customer"]
    return Prepared(
        customer=Customer(**customer | {"address": Address(**customer["address"])}),
        customer_key=stored["customer_key"],
        created_contact_id=stored.get("created_contact_id", ""),
        contact_tries=stored.get("contact_tries", 0),
        is_mixed=stored.get("is_mixed", False),
        notes=tuple(stored.get("notes", ())),
    )
