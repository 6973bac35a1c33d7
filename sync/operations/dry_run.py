"""Try the rules on the last month: what each would have done, deal by deal, and where it would have stopped (F29).

Nothing is written, in Pipedrive, in Xero or here. Lists, links and rights are those of today.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core import Core
from sync.domain.rules import Reaction, Rule, RuleKind, wants_stage
from sync.errors import Anticipated, ErrorCode, InstepError
from sync.operations.company_fields import problem_of
from sync.operations.dry_creates import try_creates
from sync.operations.dry_kept import try_deletes, try_overdue, try_paid
from sync.operations.dry_trials import Trials
from sync.operations.identity import Person
from sync.operations.rules import Choice, StageMissing

LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True)
class RuleTrial:
    """What one rule would have done; `problem` is why nobody can tell."""

    kind: RuleKind
    does: Reaction
    found: Trials
    problem: ErrorCode | None = None


@dataclass(frozen=True)
class DryRun:
    """The last month, as the rules would have seen it."""

    since: datetime
    until: datetime
    rules: tuple[RuleTrial, ...]


def dry_run(core: Core, *, person: Person, wish: Mapping[RuleKind, Choice]) -> DryRun:
    """Try the rules as somebody wants them.

    :raises Anticipated: ADMIN_ONLY, INSTALL_LAPSED.
    :raises StageMissing: where a rule needs a stage.
    """
    if not person.is_admin:
        raise Anticipated(ErrorCode.ADMIN_ONLY)
    until = core.now()
    since = until - LOOKS_BACK
    rules = [_rule(kind, choice, person=person, since=since) for kind, choice in wish.items() if choice.does]
    return DryRun(since=since, until=until, rules=tuple(_tried(core, person=person, rule=rule) for rule in rules))


def _rule(kind: RuleKind, choice: Choice, *, person: Person, since: datetime) -> Rule:
    does = Reaction(choice.does)
    if wants_stage(kind=kind, does=does) and choice.stage_id is None:
        raise StageMissing(kind=kind)
    return Rule(kind=kind, does=does, since=since, by=person.user_id, stage_id=choice.stage_id)


def _tried(core: Core, *, person: Person, rule: Rule) -> RuleTrial:
    try:
        return RuleTrial(rule.kind, rule.does, _TRIALS[rule.kind](core, person, rule))
    except InstepError as err:
        return RuleTrial(rule.kind, rule.does, Trials(), problem=problem_of(err))


_TRIALS: Mapping[RuleKind, Callable[[Core, Person, Rule], Trials]] = {
    RuleKind.WON: try_creates,
    RuleKind.STAGE: try_creates,
    RuleKind.LOST: try_deletes,
    RuleKind.DELETED: try_deletes,
    RuleKind.PAID: try_paid,
    RuleKind.OVERDUE: try_overdue,
}
