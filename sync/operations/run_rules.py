"""Work off what has set rules off: one run at a time for a deal, once for a cause, later and later where it has to wait."""

from datetime import timedelta

import structlog
from sqlalchemy import exists, func, or_, select, union_all
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, aliased

from sync.clients.failures import GrantDead, NotFound, OutcomeUnknown, RateLimited, TokenExpired, Unavailable
from sync.core import Core
from sync.domain.rules import SETTLED_STOPS, RuleKind, causes_of_deal
from sync.domain.timeline import Side, Verb
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations import audit
from sync.operations.due import NOW, Due
from sync.operations.happenings import record_happening
from sync.operations.inbox import pause_while_away
from sync.operations.outcome import Outcome
from sync.operations.rules_causes import CLAIM_LASTS, add_runs, find_rule, read_rules
from sync.operations.rules_deeds import Deed, react
from sync.operations.rules_overdue import look_for_overdue
from sync.operations.rules_ready import StillOpen
from sync.operations.watch import is_caught_up
from sync.store.company import Company
from sync.store.invoices import DealInvoice
from sync.store.rules import RuleRow, RuleRun

log = structlog.get_logger()

_BATCH = 25
_TRIES = 12
_LONGEST_PAUSE_SECONDS = 3600
_NOBODY_SECONDS = 900
#: These pass by themselves, or when somebody connects again; they say nothing against the deal.
_WAITS = {
    ErrorCode.IN_PROGRESS: 10,
    ErrorCode.TOTAL_CHANGED: 10,
    ErrorCode.LINK_EXPIRED: 10,
    ErrorCode.PIPEDRIVE_CLOSED: _NOBODY_SECONDS,
    ErrorCode.XERO_NOT_CONNECTED: _NOBODY_SECONDS,
    ErrorCode.XERO_RECONNECT: _NOBODY_SECONDS,
    ErrorCode.INSTALL_LAPSED: _NOBODY_SECONDS,
    ErrorCode.NOT_INSTALLED: _NOBODY_SECONDS,
}
#: Somebody else has to act for the company, if there is anybody.
_NOBODY_ACTS = frozenset({ErrorCode.INSTALL_LAPSED, ErrorCode.NOT_INSTALLED})
#: A vendor that is away says nothing against the deal, however long it stays so.
_AWAY = (Unavailable, TokenExpired, OutcomeUnknown)


_runs = select(RuleRun.company_id, RuleRun.due_at).where(
    RuleRun.state.in_(("pending", "running")), RuleRun.due_at <= NOW
)
_looks = select(RuleRow.company_id, RuleRow.look_at).where(RuleRow.look_at <= NOW)
_asked = union_all(_runs, _looks).subquery()
#: The companies whose rules have something to do now.
companies_with_due_rules = Due(
    int,
    select(Company.company_id, func.min(_asked.c.due_at))
    .join(_asked, _asked.c.company_id == Company.company_id)
    .where(Company.ended_at.is_(None), or_(Company.parked_until.is_(None), Company.parked_until <= NOW))
    .where(is_caught_up())
    .group_by(Company.company_id),
)


def run_rules(core: Core, *, company_id: int) -> Outcome:
    """Look for what has become overdue, and work off some of what is due; another worker's runs are passed over."""
    look_for_overdue(core, company_id=company_id)
    # What is due, but waits for another run of the same deal, need not be asked for again at once.
    outcome = Outcome.IGNORED
    for _ in range(_BATCH):
        run = _claim(core, company_id=company_id)
        if run is None:
            break
        outcome = Outcome.DONE
        if not _carry_out(core, run=run):
            break
    return outcome


def _claim(core: Core, *, company_id: int) -> RuleRun | None:
    """Take the run that has waited longest; work for one deal never runs in parallel."""
    now, other = core.now(), aliased(RuleRun)
    is_deal_taken = exists().where(
        other.company_id == RuleRun.company_id,
        other.deal_id == RuleRun.deal_id,
        other.run_key != RuleRun.run_key,
        other.state == "running",
        other.due_at > now,
    )
    with core.database.writing() as session:
        # Two workers at once must not take two runs of one deal: the company's row is what they both ask for.
        session.get_one(Company, company_id, with_for_update=True)
        run = session.scalar(
            select(RuleRun)
            .where(RuleRun.company_id == company_id, RuleRun.state.in_(("pending", "running")), RuleRun.due_at <= now)
            .where(~is_deal_taken)
            .order_by(RuleRun.due_at, RuleRun.created_at, RuleRun.run_key)
            .limit(1)
        )
        if run is None:
            return None
        run.state, run.due_at = "running", now + CLAIM_LASTS
        return run


def _carry_out(core: Core, *, run: RuleRun) -> bool:
    """Do it, and write down what came of it; False where the whole company has to wait."""
    with core.database.reading() as session:
        rule = find_rule(session, company_id=run.company_id, kind=RuleKind(run.rule))
    if rule is None or rule.since > run.created_at:
        # What another rule was set off by, or this one before it was switched off and on, is nothing that it allows.
        _stop(core, run=run, err=Anticipated(ErrorCode.RULE_OFF), state="stopped")
        return True
    try:
        deed = react(core, run=run, rule=rule)
    except InstepError as err:
        return _settle(core, run=run, err=err)
    except (OperationalError, InterfaceError, TimeoutError):
        raise
    except Exception:
        # A defect of ours that one deal brings out must not be met again for ever, nor hold up the others.
        log.exception("rule_failed", run_key=run.run_key, company_id=run.company_id, rule=run.rule)
        return _try_later(core, run=run, err=Transient(ErrorCode.RULE_FAILED))
    with core.database.writing() as session:
        if _end(session, core=core, seen=run, state="done"):
            _record(session, core=core, run=run, deed=deed)
    log.info("rule_ran", company_id=run.company_id, deal_id=run.deal_id, rule=run.rule, run_key=run.run_key)
    return True


def _settle(core: Core, *, run: RuleRun, err: InstepError) -> bool:
    code = _code(err)
    if isinstance(err, StillOpen):
        # Whoever finds out about it looks then.
        pause = max(err.until - core.now(), timedelta(seconds=_WAITS[err.code]))
        _wait(core, run=run, err=err, seconds=pause.total_seconds(), tries=run.tries)
        return True
    if isinstance(err, _AWAY):
        pause = pause_while_away(core, since=run.created_at, retry_after=err.retry_after)
        _wait(core, run=run, err=err, seconds=pause.total_seconds(), tries=run.tries)
        return True
    if isinstance(err, GrantDead | Anticipated) and code in _WAITS:
        seconds = _WAITS[code]
        _wait(core, run=run, err=err, seconds=seconds, tries=run.tries)
        return seconds != _NOBODY_SECONDS
    if isinstance(err, RateLimited):
        _wait(core, run=run, err=err, seconds=err.retry_after or 5, tries=run.tries)
        return False
    if isinstance(err, Anticipated | NotFound):
        _stop(core, run=run, err=err, state="stopped")
        return True
    return _try_later(core, run=run, err=err)


def _try_later(core: Core, *, run: RuleRun, err: InstepError) -> bool:
    if run.tries + 1 >= _TRIES:
        _stop(core, run=run, err=err, state="failed")
    else:
        pause = getattr(err, "retry_after", None) or min(5 * 2**run.tries, _LONGEST_PAUSE_SECONDS)
        _wait(core, run=run, err=err, seconds=pause, tries=run.tries + 1)
    return True


def _wait(core: Core, *, run: RuleRun, err: InstepError, seconds: float, tries: int) -> None:
    log.warning("rule_put_off", run_key=run.run_key, company_id=run.company_id, reason=str(err))
    with core.database.writing() as session:
        if _code(err) in _NOBODY_ACTS:
            # Looking after the company elects somebody else. Before the run, as where one is claimed.
            session.get_one(Company, run.company_id, with_for_update=True).tend_due_at = core.now()
        row = session.get_one(RuleRun, run.run_key, with_for_update=True)
        if not _is_ours(row, seen=run):
            return
        row.state, row.tries = "pending", tries
        row.due_at = core.now() + timedelta(seconds=seconds)
        row.reason = _code(err)


def _stop(core: Core, *, run: RuleRun, err: InstepError, state: str) -> None:
    """Write down why nothing was done; the deal shows it where there is something to mend."""
    log.warning("rule_stopped", run_key=run.run_key, company_id=run.company_id, reason=str(err))
    code, detail = _code(err), err.detail if isinstance(err, Anticipated) else ""
    with core.database.writing() as session:
        if not _end(session, core=core, seen=run, state=state, reason=code, detail=detail):
            return
        _audit(session, core=core, run=run, outcome=code.value)
        if code not in SETTLED_STOPS:
            _tell(session, core=core, run=run, verb=Verb.RULE_STOPPED, values={"code": code.value, "detail": detail})


def _end(
    session: Session, *, core: Core, seen: RuleRun, state: str, reason: ErrorCode | None = None, detail: str = ""
) -> bool:
    """End a run, unless somebody else has taken it over meanwhile."""
    row = session.get_one(RuleRun, seen.run_key, with_for_update=True)
    if not _is_ours(row, seen=seen):
        return False
    row.state, row.due_at, row.ended_at = state, None, core.now()
    row.reason, row.detail = reason.value if reason else None, detail
    return True


def _record(session: Session, *, core: Core, run: RuleRun, deed: Deed) -> None:
    if deed.verb is not None:
        _audit(session, core=core, run=run, outcome="done")
        _tell(session, core=core, run=run, verb=deed.verb, values=dict(deed.values or {}))
    if deed.deal is not None:
        # What we have changed ourselves sets off nothing (and an invoice hangs on the deal anyway).
        rules = read_rules(session, company_id=run.company_id)
        add_runs(
            session,
            company_id=run.company_id,
            causes=causes_of_deal(deal=deed.deal, rules=rules),
            now=core.now(),
            state="done",
        )


def _tell(session: Session, *, core: Core, run: RuleRun, verb: Verb, values: dict[str, object]) -> None:
    link = session.scalar(
        select(DealInvoice).where(DealInvoice.company_id == run.company_id, DealInvoice.invoice_id == run.invoice_id)
    )
    record_happening(
        session,
        company_id=run.company_id,
        deal_id=run.deal_id,
        organisation_id=link.organisation_id if link else None,
        invoice_id=link.invoice_id if link else None,
        at=core.now(),
        side=Side.INSTEP,
        rule=run.rule,
        verb=verb,
        values=values,
    )


def _audit(session: Session, *, core: Core, run: RuleRun, outcome: str) -> None:
    audit.record(
        session,
        at=core.now(),
        company_id=run.company_id,
        user_id=None,
        verb=f"rule_{run.rule}",
        subject=str(run.deal_id),
        outcome=outcome,
    )


def _is_ours(row: RuleRun, *, seen: RuleRun) -> bool:
    return row.state == "running" and row.due_at == seen.due_at


def _code(err: InstepError) -> ErrorCode:
    if isinstance(err, GrantDead):
        return ErrorCode.INSTALL_LAPSED
    if isinstance(err, NotFound):
        return ErrorCode.DEAL_HIDDEN
    # What carries no code is nothing that a vendor has said to people.
    code = getattr(err, "code", None)
    return code if isinstance(code, ErrorCode) else ErrorCode.RULE_FAILED
