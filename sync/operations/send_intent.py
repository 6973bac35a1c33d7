"""Carry an intent out: the bytes and the key are in the store before the first one leaves (promise 2, D7, D8)."""

from datetime import datetime, timedelta

from sqlalchemy import select

from sync.clients.failures import Disconnected, OutcomeUnknown, Refused
from sync.connections.xero import client_for, find_reaching
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations import audit
from sync.operations.invoices import MARK_PATH, finish_intent
from sync.operations.outcome import Outcome
from sync.operations.xero_connection import lose_connection
from sync.store.invoices import Intent

# Xero keeps a key for six minutes from its first call: well inside, the same key is safe; well outside, it is new.
_SAME_KEY_FOR = timedelta(minutes=4)
_NEW_KEY_AFTER = timedelta(minutes=6)
_LOOK_BACK = timedelta(minutes=5)
_CLAIM_LASTS = timedelta(seconds=90)
_TRIES = 12


def mark_of(core: Core, *, intent_id: str) -> str:
    """Make the address that a Xero invoice carries to say which intent made it (D7)."""
    return f"{core.settings.base_url}{MARK_PATH}{intent_id}"


def claim(core: Core, *, intent_id: str, body: bytes) -> None:
    """Write down what will be sent, with a key that was never used, and commit.

    :raises Anticipated: IN_PROGRESS when somebody else is sending it or its answer is lost.
    """
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        if intent.state not in ("prepared", "refused"):
            raise Anticipated(ErrorCode.IN_PROGRESS)
        intent.state = "sending"
        intent.body = body
        intent.attempt += 1
        intent.tries = 0
        intent.first_sent_at = core.now()
        intent.due_at = core.now() + _CLAIM_LASTS


def send(core: Core, *, intent_id: str) -> Invoice:
    """Send a claimed intent and record what came of it; a lost answer is looked for once, at once.

    :raises Anticipated: when Xero refuses, with its own sentence; nothing was made and the person can mend it.
    :raises Transient: OUTCOME_UNKNOWN when nobody can tell yet (a worker finds out); otherwise nothing was made.
    """
    try:
        return _send_once(core, intent_id=intent_id)
    except OutcomeUnknown:
        _put_off(core, intent_id=intent_id, until=core.now() + _CLAIM_LASTS)
    except InstepError as err:
        # Turned away or never sent, on its first key: nothing was made, the person may click again.
        _give_back(core, intent_id=intent_id, err=err)
        raise
    found = _settle(core, intent_id=intent_id)
    if found is None:
        raise Transient(ErrorCode.OUTCOME_UNKNOWN)
    return found


def settle_intents(core: Core) -> Outcome:
    """Find out about every intent whose answer is lost or whose sender died."""
    outcome = Outcome.UNCHANGED
    while (intent_id := _claim_due(core)) is not None:
        outcome = Outcome.DONE
        try:
            _settle(core, intent_id=intent_id)
        except InstepError:
            # Refused, or the vendor is away: written on the intent, which the panel shows.
            continue
    return outcome


def _settle(core: Core, *, intent_id: str) -> Invoice | None:
    """Look for the invoice, and send again where that is safe; None while it is still not known (D8).

    :raises Refused: when Xero turned it down: this key's only answer, or a new key's after the look found nothing.
    """
    with core.database.reading() as session:
        intent = session.get_one(Intent, intent_id)
    try:
        return _find_or_send_again(core, intent=intent)
    except Refused as err:
        _give_back(core, intent_id=intent_id, err=err)
        raise
    except InstepError as err:
        # A 429, a lost connection or a dead grant now says nothing about the first try: it stays unknown.
        wait = getattr(err, "retry_after", None) or min(10 * 2**intent.tries, 900)
        _put_off(core, intent_id=intent_id, until=core.now() + timedelta(seconds=wait))
        return None


def _find_or_send_again(core: Core, *, intent: Intent) -> Invoice | None:
    invoice = _look(core, intent=intent)
    if invoice is not None:
        _finish(core, intent_id=intent.intent_id, invoice=invoice)
        return invoice
    age = core.now() - (intent.first_sent_at or intent.created_at)
    if _SAME_KEY_FOR < age <= _NEW_KEY_AFTER:
        _put_off(core, intent_id=intent.intent_id, until=core.now() + (_NEW_KEY_AFTER - age))
        return None
    if age > _NEW_KEY_AFTER:
        _renew_key(core, intent_id=intent.intent_id)
    return _send_once(core, intent_id=intent.intent_id)


def _send_once(core: Core, *, intent_id: str) -> Invoice:
    with core.database.reading() as session:
        intent = session.get_one(Intent, intent_id)
        organisation = find_reaching(session, organisation_id=intent.organisation_id)
    if organisation is None or intent.body is None:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    try:
        invoice = client_for(core, organisation=organisation).create_invoice(
            body=intent.body, idempotency_key=f"{intent_id}-{intent.attempt}"
        )
    except Disconnected as err:
        lose_connection(core, organisation_id=intent.organisation_id)
        raise Anticipated(ErrorCode.XERO_RECONNECT) from err
    _finish(core, intent_id=intent_id, invoice=invoice)
    return invoice


def _look(core: Core, *, intent: Intent) -> Invoice | None:
    """Find the invoice that carries the intent's mark."""
    with core.database.reading() as session:
        organisation = find_reaching(session, organisation_id=intent.organisation_id)
    if organisation is None:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    since = intent.created_at - _LOOK_BACK
    mark = mark_of(core, intent_id=intent.intent_id)
    found = client_for(core, organisation=organisation).find_own_invoices(contact_id=intent.contact_id, since=since)
    return next((invoice for invoice in found if invoice.url == mark), None)


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


def _give_back(core: Core, *, intent_id: str, err: InstepError) -> None:
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        intent.state = "refused"
        intent.due_at = None
        intent.error_code = getattr(err, "code", ErrorCode.XERO_UNAVAILABLE)
        intent.error_detail = getattr(err, "detail", "")


def _put_off(core: Core, *, intent_id: str, until: datetime) -> None:
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        if intent.state == "done":
            return
        intent.state = "unknown"
        intent.tries += 1
        intent.due_at = until if intent.tries <= _TRIES else None
        intent.error_code = ErrorCode.OUTCOME_UNKNOWN


def _renew_key(core: Core, *, intent_id: str) -> None:
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        intent.attempt += 1
        intent.first_sent_at = core.now()


def _claim_due(core: Core) -> str | None:
    with core.database.writing() as session:
        intent = session.scalar(
            select(Intent)
            .where(Intent.state.in_(("sending", "unknown")), Intent.due_at <= core.now())
            .order_by(Intent.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if intent is None:
            return None
        intent.due_at = core.now() + _CLAIM_LASTS
        return intent.intent_id
