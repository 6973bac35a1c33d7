"""Try again what failed on a deal: the work is marked due, a worker is woken, and the panel shows what comes of it (F31)."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.problems import ProblemKind
from sync.domain.rights import Right
from sync.operations.deal_invoices import require_right
from sync.operations.deeds import Kind
from sync.operations.identity import Person
from sync.operations.mark_again import Reach, again_asked, again_fields, again_invoice_news, waiting_intents
from sync.operations.outcome import Outcome
from sync.operations.rules_stopped import again_rules, stopped_rules
from sync.operations.telling import tell
from sync.store.invoices import Intent

_RIGHTS: Mapping[str, Right] = {
    Kind.CREATE: Right.DRAFT,
    Kind.CONTACT: Right.DRAFT,
    Kind.SUBMIT: Right.SUBMIT,
    Kind.APPROVE: Right.APPROVE,
    Kind.VOID: Right.VOID,
    Kind.DELETE: Right.DELETE,
}


def retry_asked(core: Core, *, person: Person, deal_id: int) -> Outcome:
    """Have it found out at once what became of what was asked of Xero on the deal, by who may ask for it themselves.

    :raises Anticipated: NOT_ALLOWED, NOT_ALLOWED_IN_XERO, XERO_NOT_CONNECTED, XERO_RECONNECT.
    """
    reach = Reach(company_id=person.company_id, deal_id=deal_id)
    with core.database.reading() as session:
        kinds = set(session.scalars(select(Intent.kind).where(waiting_intents(reach=reach, now=core.now()))))
    if not kinds:
        return Outcome.UNCHANGED
    organisation = get_active(core, company_id=person.company_id)
    for kind in kinds:
        require_right(core, person=person, organisation=organisation, right=_RIGHTS[kind])
    with core.database.writing() as session:
        again_asked(session, reach=reach, now=core.now())
        _note(session, person=person, deal_id=deal_id, what=ProblemKind.ASKED)
    core.waker.wake()
    return Outcome.DONE


def retry_work(core: Core, *, person: Person, deal_id: int, what: ProblemKind) -> Outcome:
    """Have the deal's fields written, or Xero's news of its invoices taken in, at once; who sees the deal may ask for it."""
    reach = Reach(company_id=person.company_id, deal_id=deal_id)
    with core.database.writing() as session:
        if what is ProblemKind.FIELDS:
            is_marked = again_fields(session, reach=reach, now=core.now())
        else:
            is_marked = again_invoice_news(session, reach=reach)
        if is_marked:
            _note(session, person=person, deal_id=deal_id, what=what)
    core.waker.wake()
    return Outcome.DONE if is_marked else Outcome.UNCHANGED


def retry_rule(core: Core, *, person: Person, deal_id: int, run_key: str) -> Outcome:
    """Have a rule that stopped on the deal try again; what it does was allowed by the admin who switched it on."""
    with core.database.writing() as session:
        stopped = stopped_rules(session, company_id=person.company_id, deal_id=deal_id)
        if run_key not in {one.run_key for one in stopped}:
            return Outcome.UNCHANGED
        again_rules(session, run_keys=(run_key,), now=core.now())
        _note(session, person=person, deal_id=deal_id, what=ProblemKind.RULE)
    core.waker.wake()
    return Outcome.DONE


def _note(session: Session, *, person: Person, deal_id: int, what: ProblemKind) -> None:
    ids = {"what": what.value, "company_id": person.company_id, "deal_id": deal_id, "user_id": person.user_id}
    tell(session, "retried", ids)
