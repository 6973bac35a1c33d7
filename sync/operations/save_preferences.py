"""Keep what a company prefers: nobody's choice is overwritten unseen, and nothing is chosen that is not there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from sync.connections.xero import ActiveOrganisation, find_active
from sync.core import Core
from sync.domain.fields import SourceField, Use, trouble_with
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.company_fields import find_company_fields
from sync.operations.identity import Person
from sync.operations.preference_choices import Offers, find_choices
from sync.operations.preference_history import HistoryEntry, changes_since, last_change, record_change
from sync.operations.preferences import (
    TAX_RATE,
    Defaults,
    Preferences,
    from_flat,
    get_defaults,
    get_preferences,
    to_flat,
    to_percent,
)
from sync.store.accounts import OrganisationDefaults
from sync.store.company import Company

_OF_ORGANISATION = ("account", "theme_id", "treatment", "create_as")


@dataclass(frozen=True)
class Stored:
    """The preferences as they are kept; `version` names this state of them."""

    preferences: Preferences
    defaults: Defaults
    version: str


@dataclass(frozen=True)
class Wish:
    """The preferences as somebody wants them, and the version that they saw."""

    preferences: Preferences
    defaults: Defaults
    version: str


class Overtaken(Anticipated):
    """Somebody else saved meanwhile: `merged` is what this person changed, on top of what the others did."""

    def __init__(self, *, meanwhile: tuple[HistoryEntry, ...], merged: Stored) -> None:
        super().__init__(ErrorCode.INPUT_INVALID)
        self.meanwhile = meanwhile
        self.merged = merged


class NotOffered(Anticipated):
    """Something was chosen that was not there to be chosen; `names` are the preferences, as `to_flat` names them."""

    def __init__(self, *, names: tuple[str, ...]) -> None:
        super().__init__(ErrorCode.INPUT_INVALID)
        self.names = names


def read_preferences(session: Session, *, company_id: int, organisation: ActiveOrganisation | None) -> Stored:
    """Read the preferences and the version that they are."""
    defaults = Defaults()
    if organisation is not None:
        organisation_id = organisation.organisation_id
        defaults = get_defaults(session, company_id=company_id, organisation_id=organisation_id)
    return Stored(
        preferences=get_preferences(session.get_one(Company, company_id).preferences),
        defaults=defaults,
        version=_version(session, company_id=company_id, organisation=organisation),
    )


def save_preferences(core: Core, *, person: Person, wish: Wish) -> None:
    """Keep the company's preferences, and who changed what.

    :raises Overtaken: when somebody else has saved since this person looked.
    :raises NotOffered: when something was chosen that does not exist, or that this person may not choose.
    """
    choices = find_choices(core, person=person)
    known = find_company_fields(core, company_id=person.company_id).known
    with core.database.writing() as session:
        company = session.get_one(Company, person.company_id, with_for_update=True)
        organisation = find_active(session, company_id=person.company_id)
        stored = read_preferences(session, company_id=person.company_id, organisation=organisation)
        if wish.version != stored.version:
            raise _overtaken(session, company_id=person.company_id, wish=wish, stored=stored)
        before = to_flat(preferences=stored.preferences, defaults=stored.defaults)
        # Without an organisation there is nothing to choose anything for.
        defaults = wish.defaults if organisation is not None else stored.defaults
        after = to_flat(preferences=wish.preferences, defaults=defaults)
        _require_offered(before=before, after=after, choices=choices, known=known)
        company.preferences = asdict(wish.preferences)
        company.preferences_saved_at = core.now()
        if organisation is not None:
            session.merge(_row(defaults, company_id=person.company_id, organisation=organisation))
        record_change(
            session, company_id=person.company_id, user_id=person.user_id, at=core.now(), before=before, after=after
        )
        audit.record(
            session, at=core.now(), company_id=person.company_id, user_id=person.user_id, verb="save_preferences"
        )


def _require_offered(
    *, before: Mapping[str, str], after: Mapping[str, str], choices: Offers, known: Mapping[str, SourceField]
) -> None:
    """Insist on what is there, for what this person changed: what was chosen before may be gone meanwhile, and stays."""
    changed = {name: value for name, value in after.items() if value and value != before.get(name)}
    uses = set(Use)
    refused = []
    for name, value in changed.items():
        if name in uses:
            is_there = trouble_with(source=value, use=Use(name), known=known) is None
        else:
            is_there = not _is_of_organisation(name) or choices.offers(name, value)
        if not is_there:
            refused.append(name)
    if refused:
        raise NotOffered(names=tuple(refused))


def _overtaken(session: Session, *, company_id: int, wish: Wish, stored: Stored) -> Overtaken:
    number, _, organisation_id = wish.version.partition(".")
    meanwhile = changes_since(session, company_id=company_id, change_id=int(number) if number.isdecimal() else 0)
    theirs = to_flat(preferences=stored.preferences, defaults=stored.defaults)
    base = dict(theirs)
    for change in (change for entry in reversed(meanwhile) for change in entry.changes):
        base[change.name] = change.before
    mine = to_flat(preferences=wish.preferences, defaults=wish.defaults)
    if organisation_id != stored.version.partition(".")[2]:
        # What was chosen for one organisation means nothing in another.
        mine = {name: value for name, value in mine.items() if not _is_of_organisation(name)}
        mine |= {name: value for name, value in base.items() if _is_of_organisation(name)}
    merged = {
        name: theirs.get(name, "") if mine.get(name, "") == base.get(name, "") else mine.get(name, "")
        for name in {**theirs, **base, **mine}
    }
    preferences, defaults = from_flat(merged)
    return Overtaken(
        meanwhile=meanwhile, merged=Stored(preferences=preferences, defaults=defaults, version=stored.version)
    )


def _version(session: Session, *, company_id: int, organisation: ActiveOrganisation | None) -> str:
    number = last_change(session, company_id=company_id)
    return f"{number}.{organisation.organisation_id if organisation else ''}"


def _is_of_organisation(name: str) -> bool:
    return name in _OF_ORGANISATION or name.startswith(TAX_RATE)


def _row(defaults: Defaults, *, company_id: int, organisation: ActiveOrganisation) -> OrganisationDefaults:
    return OrganisationDefaults(
        company_id=company_id,
        organisation_id=organisation.organisation_id,
        account_code=defaults.account,
        theme_id=defaults.theme_id,
        line_amount_types=defaults.treatment,
        create_as=defaults.create_as,
        tax_table={to_percent(percent): rate for percent, rate in defaults.tax_rates.items()},
    )
