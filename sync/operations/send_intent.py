"""Carry an intent out: the bytes and the key are in the store before the first one leaves (promise 2, D7, D8, D9)."""

from datetime import timedelta

import structlog

from sync.clients.failures import OutcomeUnknown, Refused
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.mark import MARK_PATH
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations import audit
from sync.operations.deeds import Policy, Result, deed_of
from sync.operations.intents import (
    CLAIM_LASTS,
    OPEN,
    claim_due,
    claim_follow_up,
    give_back,
    leave_unknown,
    put_off,
    read_intent,
)
from sync.operations.invoices import follow_up_id
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome
from sync.operations.telling import about, ids_of, tell
from sync.store.invoices import Intent

log = structlog.get_logger()

# Xero keeps a key for six minutes from its first call: well inside, the same key is safe; well outside, it is new.
_SAME_KEY_FOR = timedelta(minutes=4)
_NEW_KEY_AFTER = timedelta(minutes=6)
_LONGEST_PAUSE_SECONDS = 3600
#: The most that one turn settles: each takes a call or two.
_IN_ONE_TURN = 5


def mark_of(core: Core, *, intent_id: str) -> str:
    """Make the address by which the invoice that an intent made is known, whatever follows in it (D7)."""
    return f"{core.settings.base_url}{MARK_PATH}{intent_id}"


def send(core: Core, *, intent_id: str, refusal: str = "refused") -> None:
    """Send a claimed intent and record what came of it; a lost answer is looked for once, at once.

    A refusal is recorded as `refused`, since the person is told, or as `failed`, which the deal shows.

    :raises Anticipated: when Xero refuses, with its own sentence; nothing was done and the person can mend it.
    :raises Transient: OUTCOME_UNKNOWN, CHANGE_UNKNOWN or EMAIL_UNKNOWN when nobody can tell; otherwise nothing was done.
    """
    seen = read_intent(core, intent_id=intent_id)
    # After the claim's end it is a worker's, who may have sent it and be sending it still.
    if seen.state == "sending" and seen.due_at is not None and seen.due_at > core.now():
        _send_first(core, seen=seen, refusal=refusal)
    intent = read_intent(core, intent_id=intent_id)
    if intent.state == "failed":
        raise Anticipated(ErrorCode(intent.error_code or ErrorCode.XERO_REFUSED), detail=intent.error_detail)
    if intent.state != "done":
        raise Transient(deed_of(intent).lost)


def send_follow_up(core: Core, *, intent_id: str) -> None:
    """Send what follows a create that is done; nothing where nothing follows or a worker has it in hand.

    :raises Anticipated: when Xero refuses; the draft stays what it is, and the deal says so.
    :raises Transient: CHANGE_UNKNOWN when nobody can tell yet; a worker finds out.
    """
    following = follow_up_id(intent_id=intent_id)
    if claim_follow_up(core, intent_id=following):
        send(core, intent_id=following, refusal="failed")


def settle_intents(core: Core, *, organisation_id: str | None = None) -> Outcome:
    """Find out about some intents, of one organisation or of all, whose answer is lost or whose sender died."""
    outcome = Outcome.UNCHANGED
    for _ in range(_IN_ONE_TURN):
        intent_id = claim_due(core, organisation_id=organisation_id)
        if intent_id is None:
            break
        outcome = Outcome.DONE
        _settle(core, intent_id=intent_id)
    return outcome


def _send_first(core: Core, *, seen: Intent, refusal: str) -> None:
    try:
        _send_once(core, seen=seen)
    except OutcomeUnknown:
        put_off(core, intent_id=seen.intent_id, until=core.now() + CLAIM_LASTS)
        _settle(core, intent_id=seen.intent_id)
    except InstepError as err:
        # Turned away or never sent, on its first key: nothing was done, unless a worker has taken it over meanwhile.
        if give_back(core, seen=seen, state=refusal, err=err):
            raise


def _settle(core: Core, *, intent_id: str) -> None:
    """Look for what became of it, and send again where that is safe; what is still not known is put off."""
    seen = read_intent(core, intent_id=intent_id)
    if deed_of(seen).policy is Policy.ONCE:
        leave_unknown(core, intent_id=intent_id)
        return
    try:
        _look_and_act(core, seen=seen)
    except InstepError as err:
        # A refusal of the look, a 429, a lost connection or a dead grant now says nothing about the first try.
        log.warning("intent_put_off", reason=str(err), **ids_of(seen))
        pause = getattr(err, "retry_after", None) or min(10 * 2**seen.tries, _LONGEST_PAUSE_SECONDS)
        put_off(core, intent_id=intent_id, until=core.now() + timedelta(seconds=pause))


def _look_and_act(core: Core, *, seen: Intent) -> None:
    deed = deed_of(seen)
    found = _look(core, intent=seen)
    if found is not None:
        _finish(core, intent_id=seen.intent_id, result=found)
    elif core.now() - (seen.asked_at or seen.created_at) > deed.give_up_after:
        # The person has long gone on without it: what now came by itself would be one too many.
        give_back(core, seen=seen, state="failed", err=Anticipated(deed.given_up))
    elif (wait := _too_old_for_its_key(core, intent=seen)) is not None:
        put_off(core, intent_id=seen.intent_id, until=core.now() + wait)
    elif (fit := _with_a_safe_key(core, seen=seen)) is not None:
        _send_again(core, seen=fit)


def _send_again(core: Core, *, seen: Intent) -> None:
    """Send once more; only Xero's own refusal of these bytes proves that nothing was made."""
    try:
        _send_once(core, seen=seen)
    except Refused as err:
        give_back(core, seen=seen, state="failed", err=err)


def _too_old_for_its_key(core: Core, *, intent: Intent) -> timedelta | None:
    """Say how long to wait where the key may still be known to Xero, or may not."""
    if deed_of(intent).policy is not Policy.BY_KEY:
        return None
    age = core.now() - (intent.first_sent_at or intent.created_at)
    return _NEW_KEY_AFTER - age if _SAME_KEY_FOR < age <= _NEW_KEY_AFTER else None


def _with_a_safe_key(core: Core, *, seen: Intent) -> Intent | None:
    """Give the intent with a key that may be sent now; None where somebody else has moved it on since it was read."""
    with core.database.writing() as session:
        intent = session.get_one(Intent, seen.intent_id, with_for_update=True)
        if intent.state not in OPEN or intent.attempt != seen.attempt:
            return None
        age = core.now() - (intent.first_sent_at or intent.created_at)
        # Xero keeps a 500 under its key: what may be done twice is better asked for under another one.
        if age > _NEW_KEY_AFTER or deed_of(intent).policy is Policy.BY_LOOK:
            intent.attempt += 1
            intent.first_sent_at = core.now()
        intent.due_at = core.now() + CLAIM_LASTS
        return intent


def _send_once(core: Core, *, seen: Intent) -> None:
    organisation = _own_organisation(core, intent=seen)
    if seen.body is None:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    with about(seen), noticing_loss(core, organisation=organisation):
        log.info("intent_sent", attempt=seen.attempt)
        client = client_for(core, organisation=organisation)
        result = deed_of(seen).send(client, seen, f"{seen.intent_id}-{seen.attempt}")
    _finish(core, intent_id=seen.intent_id, result=result)


def _look(core: Core, *, intent: Intent) -> Result:
    organisation = _own_organisation(core, intent=intent)
    mark = mark_of(core, intent_id=intent.intent_id)
    with about(intent), noticing_loss(core, organisation=organisation):
        log.info("intent_looked_for", attempt=intent.attempt)
        return deed_of(intent).look(client_for(core, organisation=organisation), intent, mark)


def _own_organisation(core: Core, *, intent: Intent) -> ActiveOrganisation:
    """Get the intent's organisation through its own company's grant, never through another company's (D2).

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, also while the company is connected to another one.
    """
    organisation = get_active(core, company_id=intent.company_id)
    if organisation.organisation_id != intent.organisation_id:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    return organisation


def _finish(core: Core, *, intent_id: str, result: Result) -> None:
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        deed = deed_of(intent)
        deed.finish(session, intent, result, core.now())
        tell(session, "intent_answered", ids_of(intent))
        audit.record(
            session,
            at=core.now(),
            company_id=intent.company_id,
            user_id=None if intent.rule else intent.user_id,
            verb=deed.verb,
            subject=intent.invoice_id or intent.contact_id,
        )
    core.waker.wake()
