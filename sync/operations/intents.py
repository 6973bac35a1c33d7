"""The rows of intents: written down before the first byte leaves, claimed by one sender at a time, put off, given back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session, aliased

from sync.core import Core
from sync.domain.rules import LIVE
from sync.errors import Anticipated, ErrorCode, InstepError
from sync.operations.deeds import Kind, deed_of
from sync.operations.due import NOW, Due
from sync.operations.happenings import record_not_done
from sync.operations.telling import ids_of, tell
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord

CLAIM_LASTS = timedelta(seconds=90)
OPEN = ("sending", "unknown")
MAY_BE_SENT = ("prepared", "refused", "failed")


def claim(
    core: Core,
    *,
    intent_id: str,
    contact_id: str,
    body: bytes,
    expected_total: Decimal | None = None,
    followed_by: str = "",
) -> None:
    """Write down what a window's create will send, with a key that was never used, and commit.

    `followed_by` is `submit` or `approve`: written down in turn once Xero has computed `expected_total`.

    :raises Anticipated: IN_PROGRESS when it is on its way already, or another one of the deal's whose end is not known;
        LIVE_INVOICE where a rule asks, and an invoice hangs on the deal by now (D19); RULE_WAS_FIRST where a person asks
        in a window that shows nothing of the invoice that a rule has made meanwhile.
    """
    with core.database.writing() as session:
        # The intent before the deal, as everywhere: two that lock in another order wait for each other for ever.
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        # One at a time for a deal: otherwise two windows could both find nothing on its way.
        session.get_one(DealRow, (intent.company_id, intent.deal_id), with_for_update=True)
        if intent.state not in MAY_BE_SENT or _is_another_create_open(session, intent=intent):
            raise Anticipated(ErrorCode.IN_PROGRESS)
        if intent.rule and has_live_invoice(session, company_id=intent.company_id, deal_id=intent.deal_id):
            raise Anticipated(ErrorCode.LIVE_INVOICE)
        if not intent.rule and _was_rule_first(session, intent=intent):
            raise Anticipated(ErrorCode.RULE_WAS_FIRST)
        intent.contact_id = contact_id
        intent.expected_total = expected_total
        intent.followed_by = followed_by
        _begin(core, intent=intent, body=body)
        tell(session, "intent_written", ids_of(intent))


@dataclass(frozen=True)
class Ask:
    """What a person asks to have done to an invoice or a contact; `key` is the page's, so that two clicks are one."""

    key: str
    kind: Kind
    deal_id: int
    invoice_id: str | None = None
    contact_id: str = ""
    rule: str = ""


def ask(core: Core, *, company_id: int, user_id: int, organisation_id: str, about: Ask, body: bytes) -> bool:
    """Write down what will be sent, and commit; False where this very click has been carried out already.

    :raises Anticipated: IN_PROGRESS when it, or another change of the same invoice, is on its way; LINK_EXPIRED for a key
        that is somebody else's.
    """

    def write_down(session: Session) -> bool:
        intent = session.get(Intent, about.key, with_for_update=True)
        if intent is None:
            intent = Intent(
                intent_id=about.key,
                company_id=company_id,
                user_id=user_id,
                deal_id=about.deal_id,
                organisation_id=organisation_id,
                kind=about.kind.value,
                state="prepared",
                created_at=core.now(),
                contact_id=about.contact_id,
                invoice_id=about.invoice_id,
                attempt=0,
                rule=about.rule,
            )
            session.add(intent)
            session.flush()
        elif not _is_same(intent, company_id=company_id, user_id=user_id, about=about):
            raise Anticipated(ErrorCode.LINK_EXPIRED)
        if intent.state == "done":
            return False
        if about.invoice_id is not None:
            # One change of an invoice at a time: both would find nothing on its way.
            session.get_one(InvoiceRecord, (organisation_id, about.invoice_id), with_for_update=True)
        if intent.state not in MAY_BE_SENT or _is_another_change_open(session, intent=intent):
            raise Anticipated(ErrorCode.IN_PROGRESS)
        _begin(core, intent=intent, body=body)
        tell(session, "intent_written", ids_of(intent))
        return True

    # Of two clicks at once both find no row, and one writes it.
    return core.database.insert_once(write_down)


def has_live_invoice(session: Session, *, company_id: int, deal_id: int) -> bool:
    """Whether an invoice hangs on a deal that is neither voided nor deleted."""
    found = (
        select(InvoiceRecord.invoice_id)
        .join(
            DealInvoice,
            (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
            & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
        )
        .where(
            DealInvoice.company_id == company_id,
            DealInvoice.deal_id == deal_id,
            InvoiceRecord.status.in_([status.value for status in LIVE]),
        )
    )
    return session.scalar(found.limit(1)) is not None


def read_intent(core: Core, *, intent_id: str) -> Intent:
    """Read an intent as it is now."""
    with core.database.reading() as session:
        return session.get_one(Intent, intent_id)


def give_back(core: Core, *, seen: Intent, state: str, err: InstepError) -> bool:
    """Note that nothing was done: `refused` where the person is told, `failed` where the deal has to say so.

    False where somebody else has moved the intent on since it was read: then this is not the last word on it.
    """
    with core.database.writing() as session:
        intent = session.get_one(Intent, seen.intent_id, with_for_update=True)
        if intent.state not in OPEN or (intent.attempt, intent.due_at) != (seen.attempt, seen.due_at):
            return False
        intent.state = state
        intent.due_at = None
        intent.error_code = getattr(err, "code", ErrorCode.XERO_UNAVAILABLE)
        # Only a vendor's own sentence is for people; of other failures the detail is a note for the log.
        intent.error_detail = err.detail if isinstance(err, Anticipated) else ""
        tell(session, f"intent_{state}", {**ids_of(intent), "code": intent.error_code})
        if state == "failed":
            record_not_done(session, intent=intent, at=core.now())
        return True


def put_off(core: Core, *, intent_id: str, until: datetime) -> None:
    """Say that its end is not known yet, and when to look again."""
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        if intent.state not in OPEN:
            return
        intent.state = "unknown"
        intent.tries += 1
        intent.due_at = until
        intent.error_code = deed_of(intent).lost
        tell(session, "intent_unknown", ids_of(intent))


def leave_unknown(core: Core, *, intent_id: str) -> None:
    """Say that its end cannot be found out: only the person may ask for it again (D9)."""
    with core.database.writing() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        if intent.state not in OPEN:
            return
        intent.state = "unknown"
        intent.due_at = None
        intent.error_code = deed_of(intent).lost
        tell(session, "intent_unknown", ids_of(intent))
        record_not_done(session, intent=intent, at=core.now())


#: The organisations with intents whose end wants finding out.
due_to_settle = Due(
    str,
    select(Intent.organisation_id, func.min(Intent.due_at))
    .where(Intent.state.in_(OPEN), Intent.due_at <= NOW)
    .group_by(Intent.organisation_id),
)


def claim_due(core: Core, *, organisation_id: str | None = None) -> str | None:
    """Claim the intent that has waited longest, of an organisation or of all, if any is due."""
    with core.database.writing() as session:
        intent = session.scalar(
            select(Intent)
            .where(Intent.state.in_(OPEN), Intent.due_at <= core.now())
            .where(true() if organisation_id is None else Intent.organisation_id == organisation_id)
            .order_by(Intent.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if intent is None:
            return None
        intent.due_at = core.now() + CLAIM_LASTS
        intent.first_sent_at = intent.first_sent_at or core.now()
        return intent.intent_id


def claim_follow_up(core: Core, *, intent_id: str) -> bool:
    """Claim what follows a create, unless there is nothing, it was sent, or a worker has claimed it."""
    with core.database.writing() as session:
        intent = session.get(Intent, intent_id, with_for_update=True)
        if intent is None or intent.state != "sending" or intent.first_sent_at is not None:
            return False
        intent.first_sent_at = core.now()
        intent.due_at = core.now() + CLAIM_LASTS
        return True


def _begin(core: Core, *, intent: Intent, body: bytes) -> None:
    intent.state = "sending"
    intent.body = body
    intent.attempt += 1
    intent.tries = 0
    intent.asked_at = core.now()
    intent.first_sent_at = core.now()
    intent.due_at = core.now() + CLAIM_LASTS


def _is_same(intent: Intent, *, company_id: int, user_id: int, about: Ask) -> bool:
    return (intent.company_id, intent.user_id, intent.deal_id, intent.kind, intent.invoice_id, intent.contact_id) == (
        company_id,
        user_id,
        about.deal_id,
        about.kind.value,
        about.invoice_id,
        about.contact_id,
    )


def _was_rule_first(session: Session, *, intent: Intent) -> bool:
    """Whether a rule has made an invoice, which is live, since this window was opened: the person cannot have meant two."""
    made = aliased(Intent)
    found = (
        select(DealInvoice.invoice_id)
        .join(made, (made.company_id == DealInvoice.company_id) & (made.invoice_id == DealInvoice.invoice_id))
        .join(
            InvoiceRecord,
            (InvoiceRecord.organisation_id == DealInvoice.organisation_id)
            & (InvoiceRecord.invoice_id == DealInvoice.invoice_id),
        )
        .where(
            DealInvoice.company_id == intent.company_id,
            DealInvoice.deal_id == intent.deal_id,
            DealInvoice.linked_at >= intent.created_at,
            made.kind == Kind.CREATE,
            made.rule != "",
            InvoiceRecord.status.in_([status.value for status in LIVE]),
        )
    )
    return session.scalar(found.limit(1)) is not None


def _is_another_create_open(session: Session, *, intent: Intent) -> bool:
    others = select(Intent.intent_id).where(
        Intent.company_id == intent.company_id,
        Intent.deal_id == intent.deal_id,
        Intent.organisation_id == intent.organisation_id,
        Intent.kind == Kind.CREATE,
        Intent.intent_id != intent.intent_id,
        Intent.state.in_(OPEN),
    )
    return session.scalar(others.limit(1)) is not None


def _is_another_change_open(session: Session, *, intent: Intent) -> bool:
    """Whether another change is on its way; an e-mail that nobody can tell of holds up nothing."""
    others = select(Intent.intent_id).where(
        Intent.organisation_id == intent.organisation_id,
        Intent.kind != Kind.CREATE,
        Intent.invoice_id == intent.invoice_id if intent.invoice_id else Intent.contact_id == intent.contact_id,
        Intent.invoice_id.is_not(None) if intent.invoice_id else Intent.invoice_id.is_(None),
        Intent.intent_id != intent.intent_id,
        Intent.state.in_(OPEN),
        Intent.due_at.is_not(None),
    )
    return session.scalar(others.limit(1)) is not None
