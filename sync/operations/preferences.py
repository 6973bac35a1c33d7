"""What a company chose: where an invoice's details come from, when it is due, and what its lines default to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from sync.domain.due import DueKind, DueRule
from sync.domain.mapping import FieldMapping
from sync.store.accounts import OrganisationDefaults

#: A due rule that is Xero's own: the contact's terms, else the organisation's.
XERO_TERMS = "XERO_TERMS"
_DAYS = 14
#: Before a percentage, the name that its tax rate goes by among all preferences.
TAX_RATE = "tax_rate."


@dataclass(frozen=True)
class Preferences:
    """What holds for all of a company's invoices; a source is `deal.…`, `person.…` or `org.…`, or empty."""

    to: str = "org.name"
    address: str = "org.address"
    email: str = "person.email"
    tax_number: str = ""
    po_number: str = ""
    reference_template: str = "{deal_title}"
    #: A `DueKind`, or `XERO_TERMS`.
    due_kind: str = DueKind.DAYS_AFTER_ISSUE.value
    due_day: int = _DAYS

    @property
    def mapping(self) -> FieldMapping:
        """The field mapping that the domain works with."""
        return FieldMapping(
            to=self.to,
            address=self.address,
            email=self.email,
            tax_number=self.tax_number,
            po_number=self.po_number,
            reference_template=self.reference_template,
        )


@dataclass(frozen=True)
class Defaults:
    """What a company chose for one organisation; `create_as` is draft, submit or approve."""

    account: str = ""
    theme_id: str = ""
    #: Empty: the treatment that suits the deal's products.
    treatment: str = ""
    create_as: str = "draft"
    tax_rates: Mapping[Decimal, str] = field(default_factory=dict)


def get_preferences(stored: dict[str, Any]) -> Preferences:
    """Read stored preferences; what was never chosen keeps its default."""
    known = Preferences.__dataclass_fields__
    # Once there was only one kind of rule, and its days were kept under another name.
    chosen = {"due_day" if name == "due_days" else name: value for name, value in stored.items()}
    return replace(Preferences(), **{name: value for name, value in chosen.items() if name in known})


def due_rule_for(
    *, preferences: Preferences, organisation_terms: DueRule | None, contact_terms: DueRule | None
) -> DueRule:
    """Decide by which rule an invoice is due; where Xero's terms are wanted and there are none, two weeks are given."""
    if preferences.due_kind == XERO_TERMS:
        return contact_terms or organisation_terms or DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=_DAYS)
    return DueRule(kind=DueKind(preferences.due_kind), day=preferences.due_day)


def get_defaults(session: Session, *, company_id: int, organisation_id: str) -> Defaults:
    """Read what a company chose for an organisation; what was never chosen keeps its default."""
    row = session.get(OrganisationDefaults, (company_id, organisation_id))
    if row is None:
        return Defaults()
    return Defaults(
        account=row.account_code,
        theme_id=row.theme_id,
        treatment=row.line_amount_types,
        create_as=row.create_as,
        tax_rates={Decimal(percent): tax_type for percent, tax_type in row.tax_table.items()},
    )


def to_flat(*, preferences: Preferences, defaults: Defaults) -> dict[str, str]:
    """Write all preferences as words by name, so that two states can be compared; the due date rule is one of them."""
    return {
        "to": preferences.to,
        "address": preferences.address,
        "email": preferences.email,
        "tax_number": preferences.tax_number,
        "po_number": preferences.po_number,
        "reference_template": preferences.reference_template,
        "due": f"{preferences.due_kind}:{preferences.due_day}",
        "account": defaults.account,
        "theme_id": defaults.theme_id,
        "treatment": defaults.treatment,
        "create_as": defaults.create_as,
        **{f"{TAX_RATE}{to_percent(percent)}": rate for percent, rate in sorted(defaults.tax_rates.items())},
    }


def from_flat(flat: Mapping[str, str]) -> tuple[Preferences, Defaults]:
    """Read what `to_flat` wrote."""
    kind, _, day = flat["due"].partition(":")
    rates = {
        Decimal(name.removeprefix(TAX_RATE)): rate for name, rate in flat.items() if name.startswith(TAX_RATE) and rate
    }
    named = ("to", "address", "email", "tax_number", "po_number", "reference_template")
    preferences = Preferences(**{name: flat[name] for name in named}, due_kind=kind, due_day=int(day))
    defaults = Defaults(
        account=flat["account"],
        theme_id=flat["theme_id"],
        treatment=flat["treatment"],
        create_as=flat["create_as"],
        tax_rates=rates,
    )
    return preferences, defaults


def to_percent(percent: Decimal) -> str:
    """Write a percentage without needless zeros."""
    return f"{percent.normalize():f}"
