"""Try again what failed on a deal: the work is marked due, a worker is woken, and the panel shows what comes of it (F31)."""

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.problems import ProblemKind
from sync.domain.rights import Right
from sync.operations.deal_invoices import require_right
from sync.operations.deeds import Kind
from sync.operations.identity import Person
from sync.operations.intents import CLAIM_LASTS
from sync.operations.outcome import Outcome
from sync.operations.rules_stopped import retry_rule_run, stopped_rules
from sync.store.accounts import Organisation
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow, Intent

_RIGHTS: Mapping[str, Right] = {
    Kind.CREATE: Right.DRAFT,
    Kind.CONTACT: Right.DRAFT,
    Kind.SUBMIT: Right.SUBMIT,
    Kind.APPROVE: Right.APPROVE,
    Kind.VOID: Right.VOID,
    Kind.DELETE: Right.DELETE,
}


def retry(core: Core, *, person: Person, deal_id: int, what: ProblemKind) -> Outcome:
    """Have a worker try again at once what failed on the deal that `require_deal` let this person see.

    What was asked of Xero may only be hurried by who may ask it; to write a deal's fields and to read Xero again takes
    no right beyond seeing the deal.

    :raises Anticipated: NOT_ALLOWED, NOT_ALLOWED_IN_XERO, XERO_NOT_CONNECTED, XERO_RECONNECT.
    """
    if what is ProblemKind.ASKED:
        _require_rights(core, person=person, deal_id=deal_id)
    with core.database.writing() as session:
        is_marked = _MARKS[what](core, session, person.company_id, deal_id)
    core.waker.wake()
    return Outcome.DONE if is_marked else Outcome.UNCHANGED


def retry_rule(core: Core, *, person: Person, deal_id: int, run_key: str) -> Outcome:
    """Have a rule that stopped on the deal try again; what it does was allowed by the admin who switched it on."""
    with core.database.reading() as session:
        stopped = stopped_rules(session, company_id=person.company_id, deal_id=deal_id)
    if run_key not in {one.run_key for one in stopped}:
        return Outcome.UNCHANGED
    retry_rule_run(core, person=person, run_key=run_key)
    return Outcome.DONE


def _require_rights(core: Core, *, person: Person, deal_id: int) -> None:
    with core.database.reading() as session:
        kinds = set(session.scalars(select(Intent.kind).where(*_waiting(core, person.company_id, deal_id))))
    if kinds:
        organisation = get_active(core, company_id=person.company_id)
        for kind in kinds:
            require_right(core, person=person, organisation=organisation, right=_RIGHTS[kind])


def _waiting(core: Core, company_id: int, deal_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Intent.company_id == company_id,
        Intent.deal_id == deal_id,
        Intent.state == "unknown",
        # Sooner, a worker may have it in hand.
        Intent.due_at > core.now() + CLAIM_LASTS,
    )


def _mark_asked(core: Core, session: Session, company_id: int, deal_id: int) -> bool:
    hurry = update(Intent).where(*_waiting(core, company_id, deal_id)).values(due_at=core.now())
    return session.execute(hurry.returning(Intent.intent_id)).first() is not None


def _mark_fields(core: Core, session: Session, company_id: int, deal_id: int) -> bool:
    deal = session.get_one(DealRow, (company_id, deal_id), with_for_update=True)
    if deal.problem_code is None:
        return False
    deal.due_at = core.now()
    deal.tries = 0
    return True


def _mark_news(core: Core, session: Session, company_id: int, deal_id: int) -> bool:
    """Have the events that were set aside worked off once more; one that fails again is set aside again at once."""
    here = (
        select(DealInvoice.invoice_id)
        .join(Organisation, Organisation.organisation_id == DealInvoice.organisation_id)
        .where(
            DealInvoice.company_id == company_id,
            DealInvoice.deal_id == deal_id,
            DealInvoice.invoice_id == Event.resource_id,
            Organisation.tenant_id == Event.tenant,
        )
    )
    again = (
        update(Event)
        .where(Event.source == "xero", Event.category == "INVOICE", Event.state == "set_aside", here.exists())
        .values(state="pending", due_at=None, tries=case((Event.tries > 0, Event.tries - 1), else_=0))
        .returning(Event.event_id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(again).first() is not None


_MARKS: Mapping[ProblemKind, Callable[[Core, Session, int, int], bool]] = {
    ProblemKind.ASKED: _mark_asked,
    ProblemKind.FIELDS: _mark_fields,
    ProblemKind.NEWS: _mark_news,
}
