"""What a company chose: where the invoice's details come from, when it is due, which account lines go to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sync.core import Core
from sync.domain.accounting import Account
from sync.domain.due import DueKind, DueRule
from sync.domain.mapping import FieldMapping
from sync.operations import audit
from sync.store.company import Company


@dataclass(frozen=True)
class PreferencesForm:
    """The preferences as a person fills them in; a source is `deal.…`, `person.…` or `org.…`, or empty."""

    to: str = "org.name"
    address: str = "org.address"
    email: str = "person.email"
    tax_number: str = ""
    due_days: int = 14
    reference_template: str = "{deal_title}"
    default_account: str = ""
    #: Empty: the treatment that suits the deal's products.
    line_amount_types: str = ""

    @property
    def mapping(self) -> FieldMapping:
        """The field mapping that the domain works with."""
        return FieldMapping(
            to=self.to,
            address=self.address,
            email=self.email,
            tax_number=self.tax_number,
            reference_template=self.reference_template,
        )

    @property
    def due_rule(self) -> DueRule:
        """The rule for the due date."""
        return DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=self.due_days)

    def view(self, *, accounts: Sequence[Account]) -> "PreferencesView":
        """Show the preferences beside the accounts to choose from."""
        return PreferencesView(**asdict(self), accounts=tuple((one.code, one.name) for one in accounts))


@dataclass(frozen=True)
class PreferencesView(PreferencesForm):
    """The preferences and what may be chosen."""

    accounts: tuple[tuple[str, str], ...] = ()


def get_preferences(stored: dict[str, Any]) -> PreferencesForm:
    """Read stored preferences; what was never chosen keeps its default."""
    known = PreferencesForm.__dataclass_fields__
    return replace(PreferencesForm(), **{name: value for name, value in stored.items() if name in known})


def save_preferences(core: Core, *, company_id: int, user_id: int, form: PreferencesForm) -> None:
    """Keep a company's preferences, and who changed them."""
    with core.database.writing() as session:
        company = session.get_one(Company, company_id, with_for_update=True)
        company.preferences = asdict(form)
        company.preferences_saved_at = core.now()
        audit.record(session, at=core.now(), company_id=company_id, user_id=user_id, verb="save_preferences")
