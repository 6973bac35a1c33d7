"""Carry an intent out: the bytes and the key are in the store before the first one leaves (promise 2, D7, D8)."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.clients.failures import OutcomeUnknown, Refused
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations import audit
from sync.operations.invoices import MARK_PATH, finish_intent
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome
from sync.store.invoices import DealRow, Intent

log = structlog.get_logger()

# Xero keeps a key for six minutes from its first call: well inside, the same key is safe; well outside, it is new.
_SAME_KEY_FOR = timedelta(minutes=4)
_NEW_KEY_AFTER = timedelta(minutes=6)
_LOOK_BACK = timedelta(minutes=5)
_CLAIM_LASTS = timedelta(seconds=90)
_LONGEST_PAUSE_SECONDS = 3600
_GIVE_UP_AFTER = timedelta(hours=1)
_OPEN = ("sending", "unknown")
_MAY_BE_SENT = ("prepared", "refused", "failed")


def mark_of(core: Core, *, intent_id: str) -> str:
    """Make the address that a Xero invoice carries to say which intent made it (D7)."""
    return f"{core.settings.base_url}{MARK_PATH}{intent_id}"


def claim(core: Core, *, intent_id: str, contact_id: str, body: bytes) -> None:
    """Write down what will be sent, with a key that was never used, and commit.

    :raises Anticipated: IN_PROGRESS when it is on its way already, or another one of the deal's whose end is not known.
    """
    with core.database.writing() as session:
        # The intent before the deal, as everywhere: two that lock in another order wait for each other for ever.
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        # One at a time for a deal: otherwise two windows could both find nothing on its way.
        session.get_one(DealRow, (intent.company_id, intent.deal_id), with_for_update=True)
        if intent.state not in _MAY_BE_SENT or _is_another_open(session, intent=intent):
            raise Anticipated(ErrorCode.IN_PROGRESS)
        intent.state = "sending"
        intent.contact_id = contact_id
        intent.body = body
        intent.attempt += 1
        intent.tries = 0
        intent.asked_at = core.now()
        intent.first_sent_at = core.now()
        intent.due_at = core.now() + _CLAIM_LASTS


def send(core: Core, *, intent_id: str) -> None:
    """Send a claimed intent and record what came of it; a lost answer is looked for once, at once.

    :raises Anticipated: when Xero refuses, with its own sentence; nothing was made and the person can mend it.
    :raises Transient: OUTCOME_UNKNOWN when nobody can tell yet (a worker finds out); otherwise nothing was made.
    """
    seen = _read(core, intent_id=intent_id)
    # After the claim's end it is a worker's, who may have sent it and be sending it still.
    if seen.state == "sending" and seen.due_at is not None and seen.due_at > core.now():
        _send_first(core, seen=seen)
    intent = _read(core, intent_id=intent_id)
    if intent.state == "failed":
        raise Anticipated(ErrorCode(intent.error_code or ErrorCode.XERO_REFUSED), detail=intent.error_detail)
    if intent.state != "done":
        raise Transient(ErrorCode.OUTCOME_UNKNOWN)


def _send_first(core: Core, *, seen: Intent) -> None:
    try:
        _send_once(core, seen=seen)
    except OutcomeUnknown:
        _put_off(core, intent_id=seen.intent_id, until=core.now() + _CLAIM_LASTS)
        _settle(core, intent_id=seen.intent_id)
    except InstepError as err:
        # Turned away or never sent, on its first key: nothing was made, unless a worker has taken it over meanwhile.
        if _give_back(core, seen=seen, state="refused", err=err):
            raise


def settle_intents(core: Core) -> Outcome:
    """Find out about every intent whose answer is lost or whose sender died."""
    outcome = Outcome.UNCHANGED
    while (intent_id := _claim_due(core)) is not None:
        outcome = Outcome.DONE
        _settle(core, intent_id=intent_id)
    return outcome


def _settle(core: Core, *, intent_id: str) -> None:
    """Look for the invoice, and send again where that is safe (D8); what is still not known is put off."""
    seen = _read(core, intent_id=intent_id)
    try:
        invoice = _look(core, intent=seen)
        if invoice is not None:
            _finish(core, intent_id=intent_id, invoice=invoice)
        elif core.now() - (seen.asked_at or seen.created_at) > _GIVE_UP_AFTER:
            # The person has long gone on without it: an invoice that now came by itself would be one too many.
            _give_back(core, seen=seen, state="failed", err=Anticipated(ErrorCode.NOT_MADE))
        elif (wait := _too_old_for_its_key(core, intent=seen)) is not None:
            _put_off(core, intent_id=intent_id, until=core.now() + wait)
        elif (fit := _with_a_safe_key(core, seen=seen)) is not None:
            _send_again(core, seen=fit)
    except InstepError as err:
        # A refusal of the look, a 429, a lost connection or a dead grant now says nothing about the first try.
        log.warning("intent_put_off", intent_id=intent_id, reason=str(err))
        pause = getattr(err, "retry_after", None) or min(10 * 2**seen.tries, _LONGEST_PAUSE_SECONDS)
        _put_off(core, intent_id=intent_id, until=core.now() + timedelta(seconds=pause))


def _send_again(core: Core, *, seen: Intent) -> None:
    """Send once more; only Xero's own refusal of these bytes proves that nothing was made."""
    try:
        _send_once(core, seen=seen)
    except Refused as err:
        _give_back(core, seen=seen, state="failed", err=err)


def _too_old_for_its_key(core: Core, *, intent: Intent) -> timedelta | None:
    """Say how long to wait where the key may still be known to Xero, or may not."""
    age = core.now() - (intent.first_sent_at or intent.created_at)
    return _NEW_KEY_AFTER - age if _SAME_KEY_FOR < age <= _NEW_KEY_AFTER else None


def _with_a_safe_key(core: Core, *, seen: Intent) -> Intent | None:
    """Give the intent with a key that may be sent now; None where somebody else has moved it on since it was read."""
    with core.database.writing() as session:
        intent = session.get_one(Intent, seen.intent_id, with_for_update=True)
        if intent.state not in _OPEN or intent.attempt != seen.attempt:
            return None
        if core.now() - (intent.first_sent_at or intent.created_at) > _NEW_KEY_AFTER:
            intent.attempt += 1
            intent.first_sent_at = core.now()
        intent.due_at = core.now() + _CLAIM_LASTS
        return intent


def _send_once(core: Core, *, seen: Intent) -> None:
    organisation = _own_organisation(core, intent=seen)
    if seen.body is None:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    with noticing_loss(core, organisation=organisation):
        invoice = client_for(core, organisation=organisation).create_invoice(
            body=seen.body, idempotency_key=f"{seen.intent_id}-{seen.attempt}"
        )
    _finish(core, intent_id=seen.intent_id, invoice=invoice)


def _look(core: Core, *, intent: Intent) -> Invoice | None:
    """Find the invoice that carries the intent's mark."""
    organisation = _own_organisation(core, intent=intent)
    mark = mark_of(core, intent_id=intent.intent_id)
    with noticing_loss(core, organisation=organisation):
        return client_for(core, organisation=organisation).find_own_invoice(
            contact_id=intent.contact_id, since=intent.created_at - _LOOK_BACK, url=mark
        )


def _own_organisation(core: Core, *, intent: Intent) -> ActiveOrganisation:
    """Get the intent's organisation through its own company's grant, never through another company's (D2).

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, also while the company is connected to another one.
    """
    organisation = get_active(core, company_id=intent.company_id)
    if organisation.organisation_id != intent.organisation_id:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    return organisation


def _read(core: Core, *, intent_id: str) -> Intent:
    with core.database.reading() as session:
        return session.get_one(Intent, intent_id)


def _is_another_open(session: Session, *, intent: Intent) -> bool:
    others = select(Intent.intent_id).where(
        Intent.company_id == intent.company_id,
        Intent.deal_id == intent.deal_id,
        Intent.organisation_id == intent.organisation_id,
        Intent.intent_id != intent.intent_id,
        Intent.state.in_(_OPEN),
    )
    return session.scalar(others.limit(1)) is not None


def _finish(core: Core, *, intent_id: str, invoice: Invoice) -> None:
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        finish_intent(session, intent=intent, invoice=invoice, now=core.now())
        audit.record(
            session,
            at=core.now(),
            company_id=intent.company_id,
            user_id=intent.user_id,
            verb="draft_invoice",
            subject=invoice.invoice_id,
        )
    core.waker.wake()


def _give_back(core: Core, *, seen: Intent, state: str, err: InstepError) -> bool:
    """Note that nothing was made: `refused` where the person is told, `failed` where the deal has to say so.

    False where somebody else has moved the intent on since it was read: then this is not the last word on it.
    """
    with core.database.writing() as session:
        intent = session.get_one(Intent, seen.intent_id, with_for_update=True)
        if intent.state not in _OPEN or (intent.attempt, intent.due_at) != (seen.attempt, seen.due_at):
            return False
        intent.state = state
        intent.due_at = None
        intent.error_code = getattr(err, "code", ErrorCode.XERO_UNAVAILABLE)
        # Only a vendor's own sentence is for people; of other failures the detail is a note for the log.
        intent.error_detail = err.detail if isinstance(err, Anticipated) else ""
        return True


def _put_off(core: Core, *, intent_id: str, until: datetime) -> None:
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        if intent.state not in _OPEN:
            return
        intent.state = "unknown"
        intent.tries += 1
        intent.due_at = until
        intent.error_code = ErrorCode.OUTCOME_UNKNOWN


def _claim_due(core: Core) -> str | None:
    with core.database.writing() as session:
        intent = session.scalar(
            select(Intent)
            .where(Intent.state.in_(_OPEN), Intent.due_at <= core.now())
            .order_by(Intent.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if intent is None:
            return None
        intent.due_at = core.now() + _CLAIM_LASTS
        return intent.intent_id
