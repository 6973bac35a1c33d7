"""Which rules a company has switched on, and the switching: by admins only (F29)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.crm import Stage
from sync.domain.rights import CREATE_AS, RightsPolicy, why_not
from sync.domain.rules import REACTIONS, Reaction, Rule, RuleKind, wants_stage
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.admins import require_still_admin
from sync.operations.identity import Person
from sync.operations.rules_causes import read_rules
from sync.operations.rules_stages import get_stages
from sync.store.accounts import Connection
from sync.store.company import Company, Installation
from sync.store.rules import RuleRow


@dataclass(frozen=True)
class Choice:
    """How somebody wants a rule to be: `does` is empty where it shall be off."""

    does: str = ""
    stage_id: int | None = None


@dataclass(frozen=True)
class ShownRule:
    """A rule as the page shows it; `by` and `since` are empty while it is off."""

    kind: RuleKind
    choice: Choice
    by: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class RulesPage:
    """All rules, what may be chosen for them, and which state of them this is.

    `why_not` tells for a reaction why Xero would not let a rule do it; `stages_problem` why Pipedrive did not tell its stages.
    """

    rules: tuple[ShownRule, ...]
    stages: tuple[Stage, ...]
    why_not: Mapping[Reaction, ErrorCode | None]
    version: str
    may_change: bool
    stages_problem: ErrorCode | None = None


class Outdated(Anticipated):
    """Somebody else has changed the rules since this person looked."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.INPUT_INVALID)


class StageMissing(Anticipated):
    """A rule needs a stage that was not chosen, or that is not there any more; `kind` names the rule."""

    def __init__(self, *, kind: RuleKind) -> None:
        super().__init__(ErrorCode.STAGE_GONE)
        self.kind = kind


def show_rules(core: Core, *, person: Person, wish: Mapping[RuleKind, Choice] | None = None) -> RulesPage:
    """Show the rules, or a wish for them, with what there is to choose from.

    :raises Anticipated: INSTALL_LAPSED.
    """
    stages = get_stages(core, person=person)
    with core.database.reading() as session:
        kept = {rule.kind: rule for rule in read_rules(session, company_id=person.company_id)}
        names = _names(session, company_id=person.company_id, rules=kept)
        actions = _actions(session, company_id=person.company_id)
    return RulesPage(
        rules=tuple(_shown(kind, kept=kept.get(kind), wish=wish, names=names) for kind in RuleKind),
        stages=stages.known,
        why_not={Reaction(name): _why_not(name, actions=actions) for name in CREATE_AS},
        version=_version(kept),
        may_change=person.is_admin,
        stages_problem=stages.problem,
    )


def save_rules(core: Core, *, person: Person, wish: Mapping[RuleKind, Choice], version: str) -> None:
    """Switch rules on and off; one that is switched on, or does something else now, begins anew.

    :raises Anticipated: ADMIN_ONLY, INSTALL_LAPSED.
    :raises Transient: when Pipedrive cannot be asked whether they are an admin still.
    :raises StageMissing: where a rule needs a stage.
    :raises Outdated: when somebody else has changed the rules since this person looked.
    """
    require_still_admin(core, person=person)
    stages = {stage.stage_id for stage in get_stages(core, person=person).known}
    # Pipedrive's times have no fractions: what happens in this very second is after it.
    now = core.now().replace(microsecond=0)
    with core.database.writing() as session:
        session.get_one(Company, person.company_id, with_for_update=True)
        kept = {rule.kind: rule for rule in read_rules(session, company_id=person.company_id)}
        if version != _version(kept):
            raise Outdated
        for kind in RuleKind:
            before, choice = kept.get(kind), wish.get(kind, Choice())
            if _is_same(before, choice):
                continue
            _require_stage(kind, choice, known=stages)
            _switch(session, person=person, kind=kind, choice=choice, now=now)


def _switch(session: Session, *, person: Person, kind: RuleKind, choice: Choice, now: datetime) -> None:
    row = session.get(RuleRow, (person.company_id, kind.value))
    if choice.does:
        row = row or RuleRow(company_id=person.company_id, kind=kind.value)
        row.does, row.stage_id = choice.does, choice.stage_id
        row.by, row.since = person.user_id, now
        row.look_at = now if kind is RuleKind.OVERDUE else None
        session.add(row)
    elif row is not None:
        session.delete(row)
    audit.record(
        session,
        at=now,
        company_id=person.company_id,
        user_id=person.user_id,
        verb="switch_rule_on" if choice.does else "switch_rule_off",
        subject=":".join(filter(None, (kind.value, choice.does, str(choice.stage_id or "")))),
    )


def _is_same(before: Rule | None, choice: Choice) -> bool:
    if before is None:
        return not choice.does
    return (before.does.value, before.stage_id) == (choice.does, choice.stage_id)


def _require_stage(kind: RuleKind, choice: Choice, *, known: set[int]) -> None:
    if not choice.does:
        return
    does = Reaction(choice.does)
    if does not in REACTIONS[kind]:
        raise Anticipated(ErrorCode.INPUT_INVALID)
    if wants_stage(kind=kind, does=does) and choice.stage_id not in known:
        raise StageMissing(kind=kind)


def _shown(
    kind: RuleKind, *, kept: Rule | None, wish: Mapping[RuleKind, Choice] | None, names: Mapping[int, str]
) -> ShownRule:
    choice = Choice(does=kept.does.value, stage_id=kept.stage_id) if kept else Choice()
    shown = wish.get(kind, Choice()) if wish is not None else choice
    if kept is None:
        return ShownRule(kind=kind, choice=shown)
    return ShownRule(kind=kind, choice=shown, by=names.get(kept.by, ""), since=kept.since)


def _names(session: Session, *, company_id: int, rules: Mapping[RuleKind, Rule]) -> dict[int, str]:
    wanted = {rule.by for rule in rules.values()}
    found = session.execute(
        select(Installation.user_id, Installation.user_name).where(
            Installation.company_id == company_id, Installation.user_id.in_(wanted)
        )
    )
    return {row.user_id: row.user_name for row in found}


def _actions(session: Session, *, company_id: int) -> frozenset[str] | None:
    found = session.scalar(
        select(Connection).where(Connection.company_id == company_id, Connection.state == "active").limit(1)
    )
    return frozenset(found.actions) if found is not None and found.actions_at is not None else None


def _why_not(name: str, *, actions: frozenset[str] | None) -> ErrorCode | None:
    """Say why Xero would not let a rule create invoices so; until Xero has told what it allows, nobody knows."""
    if actions is None:
        return None
    return why_not(right=CREATE_AS[name], actions=actions, is_admin=True, policy=RightsPolicy())


def _version(rules: Mapping[RuleKind, Rule]) -> str:
    state = sorted((rule.kind.value, rule.does.value, rule.stage_id or 0) for rule in rules.values())
    return hashlib.sha256(repr(state).encode()).hexdigest()[:16]
