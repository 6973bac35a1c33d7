"""Write down what happened to an invoice, in the same transaction as the change itself: never twice, never lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from sync.domain.invoice import Invoice, Status
from sync.domain.timeline import DEEDS, Fact, FactName, Side, Verb, apart_from_deed, facts_between
from sync.operations.rules_causes import note_payment
from sync.operations.rules_unowed import note_voided
from sync.operations.telling import tell
from sync.store.invoices import DealRow, Intent
from sync.store.timeline import Happening

#: What we come to know of sooner is told with our own time: the clocks of two systems differ.
_LATE = timedelta(minutes=2)


def record_happening(
    session: Session,
    *,
    company_id: int,
    deal_id: int,
    organisation_id: str | None,
    invoice_id: str | None,
    at: datetime,
    side: Side,
    verb: Verb,
    user_id: int | None = None,
    rule: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Write down one entry of an invoice's timeline; `user_id` or `rule` say who did it, as far as we know.

    Without an invoice it is an entry of the deal's: a rule that stopped before there was one.
    """
    happening = {
        "verb": verb.value,
        "side": side.value,
        "company_id": company_id,
        "organisation_id": organisation_id,
        "deal_id": deal_id,
        "invoice_id": invoice_id,
        "user_id": user_id,
        "rule": rule,
    }
    tell(session, "happened", {**happening, **_plain(values or {})})
    session.add(
        Happening(
            company_id=company_id,
            deal_id=deal_id,
            organisation_id=organisation_id,
            invoice_id=invoice_id,
            at=at,
            side=side.value,
            user_id=user_id,
            rule=rule,
            verb=verb.value,
            values=dict(values or {}),
        )
    )


def _plain(values: Mapping[str, Any]) -> dict[str, object]:
    """Give of what belongs to a verb what may be logged: what changed, a status, and ids; no amounts."""
    facts = values.get("facts", ())
    status: Fact = next((fact for fact in facts if fact["fact"] == FactName.STATUS), {})
    return {
        "changed": [str(fact["fact"]) for fact in facts],
        "status_from": status.get("from"),
        "status_to": status.get("to"),
        "deal_from": values.get("from"),
        "deal_to": values.get("to"),
        "code": values.get("code"),
    }


def record_change(
    session: Session, *, deals: Iterable[DealRow], organisation_id: str, before: Invoice, after: Invoice, at: datetime
) -> None:
    """Write down what a fetch shows to have changed in Xero, for each company on a deal of which the invoice hangs.

    What we come to know of long after it was done, as after a night, is told with its time in Xero. A payment may set off a
    rule: every way in which we come to know of one leads through here.
    """
    deals = tuple(deals)
    note_payment(session, deals=deals, before=before, after=after, now=at)
    note_voided(session, deals=deals, before=before, after=after, now=at)
    facts = facts_between(before=before, after=after)
    done_at = after.updated_at if at - after.updated_at > _LATE else at
    for deal in deals:
        _record_facts(
            session, deal=deal, organisation_id=organisation_id, invoice_id=after.invoice_id, facts=facts, at=done_at
        )


def record_create(session: Session, *, intent: Intent, deal_id: int, invoice: Invoice, at: datetime) -> None:
    """Write down that an intent made an invoice; one that is found late may have gone on in Xero since."""
    values = {"number": invoice.number, "total": format(invoice.total.normalize(), "f"), "currency": invoice.currency}
    # What the window would have shown a person, nobody has seen yet.
    values |= {"notes": intent.prepared.get("notes", [])} if intent.rule else {}
    _record_deed(session, intent=intent, deal_id=deal_id, invoice_id=invoice.invoice_id, at=at, values=values)
    new = replace(
        invoice, status=Status.DRAFT, amount_paid=Decimal(0), amount_credited=Decimal(0), sent_to_contact=False
    )
    deal = session.get_one(DealRow, (intent.company_id, deal_id))
    note_payment(session, deals=(deal,), before=new, after=invoice, now=at)
    facts, invoice_id = facts_between(before=new, after=invoice), invoice.invoice_id
    # After the deed itself, whenever it was done.
    _record_facts(session, deal=deal, organisation_id=intent.organisation_id, invoice_id=invoice_id, facts=facts, at=at)


def record_deed(
    session: Session,
    *,
    intent: Intent,
    deals: Sequence[DealRow],
    before: Invoice | None,
    after: Invoice | None,
    at: datetime,
) -> None:
    """Write down that an intent changed an invoice, and apart from it what else its answer shows to have changed.

    `before` and `after` are None where nothing is known of the invoice, as after an e-mail whose look failed. An intent
    that is done already has had its entry: then the answer is only another fetch.
    """
    is_first_word = intent.state != "done"
    invoice_id = intent.invoice_id or ""
    facts = facts_between(before=before, after=after) if before and after else ()
    others = apart_from_deed(facts=facts, kind=intent.kind)
    for deal in deals:
        is_own = is_first_word and deal.company_id == intent.company_id
        told = others if is_own else facts
        _record_facts(
            session, deal=deal, organisation_id=intent.organisation_id, invoice_id=invoice_id, facts=told, at=at
        )
    if not is_first_word:
        return
    seen_at = _take_over(session, intent=intent) if others == facts else None
    deal_id = next((deal.deal_id for deal in deals if deal.company_id == intent.company_id), intent.deal_id)
    _record_deed(session, intent=intent, deal_id=deal_id, invoice_id=invoice_id, at=seen_at or at)


def record_not_done(session: Session, *, intent: Intent, at: datetime) -> None:
    """Write down that what was asked to be done to an invoice was not, or that nobody can tell."""
    if intent.kind in DEEDS and intent.invoice_id is not None:
        values = {"kind": intent.kind, "code": intent.error_code}
        _record_deed(
            session,
            intent=intent,
            deal_id=intent.deal_id,
            invoice_id=intent.invoice_id,
            at=at,
            verb=Verb.NOT_DONE,
            values=values,
        )


def record_merge(
    session: Session, *, company_id: int, deal_id: int, into: int, moved: Iterable[Row[str, str]], at: datetime
) -> None:
    """Write down that these invoices, by organisation and id, hang on the deal that Pipedrive merged theirs into."""
    for organisation_id, invoice_id in moved:
        record_happening(
            session,
            company_id=company_id,
            deal_id=into,
            organisation_id=organisation_id,
            invoice_id=invoice_id,
            at=at,
            side=Side.PIPEDRIVE,
            verb=Verb.MERGED,
            values={"from": deal_id, "to": into},
        )


def _take_over(session: Session, *, intent: Intent) -> datetime | None:
    """Take what the intent did out of what a fetch told that came before its answer; give when that was."""
    fetched = session.scalars(
        select(Happening).where(
            Happening.company_id == intent.company_id,
            Happening.organisation_id == intent.organisation_id,
            Happening.invoice_id == intent.invoice_id,
            Happening.verb == Verb.CHANGED.value,
            Happening.at >= (intent.asked_at or intent.created_at),
        )
    )
    seen_at = None
    for entry in fetched:
        rest = apart_from_deed(facts=entry.values["facts"], kind=intent.kind)
        if len(rest) == len(entry.values["facts"]):
            continue
        seen_at = entry.at
        entry.values = {"facts": [dict(fact) for fact in rest]}
        if not rest:
            session.delete(entry)
    return seen_at


def _record_deed(
    session: Session,
    *,
    intent: Intent,
    deal_id: int,
    invoice_id: str,
    at: datetime,
    verb: Verb | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    record_happening(
        session,
        company_id=intent.company_id,
        deal_id=deal_id,
        organisation_id=intent.organisation_id,
        invoice_id=invoice_id,
        at=at,
        side=Side.INSTEP if intent.rule else Side.PIPEDRIVE,
        user_id=None if intent.rule else intent.user_id,
        rule=intent.rule,
        verb=verb or DEEDS[intent.kind],
        values=values,
    )


def _record_facts(
    session: Session, *, deal: DealRow, organisation_id: str, invoice_id: str, facts: Sequence[Fact], at: datetime
) -> None:
    if not facts:
        return
    record_happening(
        session,
        company_id=deal.company_id,
        deal_id=deal.deal_id,
        organisation_id=organisation_id,
        invoice_id=invoice_id,
        at=at,
        side=Side.XERO,
        verb=Verb.CHANGED,
        values={"facts": [dict(fact) for fact in facts]},
    )
