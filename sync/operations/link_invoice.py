"""Hang an invoice on a deal, take it off again, move it from another: nothing changes in Xero (F24)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync.clients.failures import NotFound
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.invoice import Invoice, Status
from sync.domain.rights import Right
from sync.domain.timeline import Side, Verb
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.contact_links import find_contact_link
from sync.operations.contacts import find_survivor
from sync.operations.deal_invoices import require_right
from sync.operations.deals import mark_deal_due
from sync.operations.happenings import record_happening
from sync.operations.identity import Person, require_deal
from sync.operations.invoices import apply_invoice, copy_invoice
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome
from sync.operations.rules_unowed import note_unowed
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord


@dataclass(frozen=True)
class _Hook:
    """The deal that an invoice is hung on or taken off, by whom, and in which organisation the invoice is."""

    person: Person
    organisation: ActiveOrganisation
    deal_id: int

    def key(self, invoice_id: str) -> tuple[int, str, str]:
        """Give the key of an invoice's only place in the company."""
        return (self.person.company_id, self.organisation.organisation_id, invoice_id)


def link_invoice(core: Core, *, person: Person, deal_id: int, invoice_id: str, leaves: int | None = None) -> Outcome:
    """Hang an invoice of the deal's contact on the deal; `leaves` is the deal that the person wants it taken from.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, NOT_ALLOWED_IN_XERO, CONTACT_NOT_LINKED,
        ON_OTHER_DEAL when it hangs on a deal that the person did not name, OTHER_DEAL_HIDDEN when they may not see that,
        INVOICE_GONE, OTHER_CONTACT when it is not, or no longer, the contact's.
    :raises Transient: when Xero or Pipedrive cannot be asked.
    """
    hook = _hook(core, person=person, deal_id=deal_id)
    hangs_on = _hangs_on(core, hook=hook, invoice_id=invoice_id)
    if hangs_on == deal_id:
        return Outcome.UNCHANGED
    if hangs_on is not None:
        _require_release(core, person=person, hangs_on=hangs_on, leaves=leaves)
    asked_at = core.now()
    invoice = _pull(core, hook=hook, invoice_id=invoice_id)
    try:
        outcome = _hang(core, hook=hook, invoice=invoice, asked_at=asked_at, hangs_on=hangs_on)
    except IntegrityError:
        # Somebody else hung it up in the same moment; now it is there.
        outcome = _hang(core, hook=hook, invoice=invoice, asked_at=asked_at, hangs_on=hangs_on)
    core.waker.wake()
    return outcome


def unlink_invoice(core: Core, *, person: Person, deal_id: int, invoice_id: str) -> Outcome:
    """Take an invoice off the deal; one that does not hang there is left where it is.

    Our copy of it stays: as long as it is there, the mark that an invoice of ours carries hangs it on no deal again (D7).

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, NOT_ALLOWED_IN_XERO.
    """
    hook = _hook(core, person=person, deal_id=deal_id)
    with core.database.writing() as session:
        link = session.get(DealInvoice, hook.key(invoice_id), with_for_update=True)
        if link is None or link.deal_id != deal_id:
            return Outcome.UNCHANGED
        session.delete(link)
        _mark(core, session, hook=hook, deal_ids={deal_id})
        _note_unowed(core, session, hook=hook, deal_id=deal_id)
        _note(core, session, hook=hook, verb="unlink_invoice", invoice_id=invoice_id)
        _tell(core, session, hook=hook, verb=Verb.UNLINKED, invoice_id=invoice_id)
    core.waker.wake()
    return Outcome.DONE


def _hook(core: Core, *, person: Person, deal_id: int) -> _Hook:
    organisation = get_active(core, company_id=person.company_id)
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)
    return _Hook(person=person, organisation=organisation, deal_id=deal_id)


def _hangs_on(core: Core, *, hook: _Hook, invoice_id: str) -> int | None:
    with core.database.reading() as session:
        link = session.get(DealInvoice, hook.key(invoice_id))
        return link.deal_id if link else None


def _require_release(core: Core, *, person: Person, hangs_on: int, leaves: int | None) -> None:
    """Insist that the person knows which deal it is taken from, and may see that; a deleted deal is nobody's loss."""
    with core.database.reading() as session:
        if session.get_one(DealRow, (person.company_id, hangs_on)).is_deleted:
            return
    if hangs_on != leaves:
        raise Anticipated(ErrorCode.ON_OTHER_DEAL)
    try:
        require_deal(core, person=person, deal_id=hangs_on)
    except Anticipated as err:
        if err.code is ErrorCode.NO_ACCESS_TO_DEAL:
            raise Anticipated(ErrorCode.OTHER_DEAL_HIDDEN) from err
        raise


def _pull(core: Core, *, hook: _Hook, invoice_id: str) -> Invoice:
    """Fetch the invoice as it is now: it may have been deleted, or be another contact's, since the list was read."""
    with core.database.reading() as session:
        link = find_contact_link(
            session,
            company_id=hook.person.company_id,
            organisation_id=hook.organisation.organisation_id,
            deal_id=hook.deal_id,
        )
    if link is None:
        raise Anticipated(ErrorCode.CONTACT_NOT_LINKED)
    with noticing_loss(core, organisation=hook.organisation):
        client = client_for(core, organisation=hook.organisation)
        try:
            invoice = client.get_invoice(invoice_id=invoice_id)
        except NotFound as err:
            raise Anticipated(ErrorCode.INVOICE_GONE) from err
        if not invoice.is_sales or invoice.status is Status.DELETED:
            raise Anticipated(ErrorCode.INVOICE_GONE)
        if invoice.contact_id != link.contact_id:
            survivor = find_survivor(client, contact_id=link.contact_id)
            if survivor is None or survivor.contact_id != invoice.contact_id:
                raise Anticipated(ErrorCode.OTHER_CONTACT)
    return invoice


def _hang(core: Core, *, hook: _Hook, invoice: Invoice, asked_at: datetime, hangs_on: int | None) -> Outcome:
    key = hook.key(invoice.invoice_id)
    # On its own: it locks the deal that the invoice hangs on, and what follows locks two in their order.
    _keep(core, hook=hook, invoice=invoice, asked_at=asked_at)
    with core.database.writing() as session:
        link = session.get(DealInvoice, key, with_for_update=True)
        if link is not None and link.deal_id == hook.deal_id:
            return Outcome.UNCHANGED
        if link is not None and link.deal_id != hangs_on:
            raise Anticipated(ErrorCode.ON_OTHER_DEAL)
        if link is None:
            company_id, organisation_id, invoice_id = key
            link = DealInvoice(company_id=company_id, organisation_id=organisation_id, invoice_id=invoice_id)
            session.add(link)
        link.deal_id, link.linked_at = hook.deal_id, core.now()
        session.flush()
        _mark(core, session, hook=hook, deal_ids={hook.deal_id} | ({hangs_on} if hangs_on else set()))
        verb = "move_invoice" if hangs_on else "link_invoice"
        _note(core, session, hook=hook, verb=verb, invoice_id=invoice.invoice_id)
        if hangs_on:
            _note_unowed(core, session, hook=hook, deal_id=hangs_on)
            deals = {"from": hangs_on, "to": hook.deal_id}
            _tell(core, session, hook=hook, verb=Verb.MOVED, invoice_id=invoice.invoice_id, values=deals)
        else:
            _tell(core, session, hook=hook, verb=Verb.LINKED, invoice_id=invoice.invoice_id)
    return Outcome.DONE


def _keep(core: Core, *, hook: _Hook, invoice: Invoice, asked_at: datetime) -> None:
    organisation_id = hook.organisation.organisation_id
    with core.database.writing() as session:
        apply_invoice(
            session,
            organisation_id=organisation_id,
            invoice=invoice,
            base_url=core.settings.base_url,
            asked_at=asked_at,
            now=core.now(),
        )
        if session.get(InvoiceRecord, (organisation_id, invoice.invoice_id)) is None:
            record = InvoiceRecord(organisation_id=organisation_id, invoice_id=invoice.invoice_id)
            copy_invoice(record, invoice=invoice, now=asked_at)
            session.add(record)


def _mark(core: Core, session: Session, *, hook: _Hook, deal_ids: set[int]) -> None:
    """Have the deals' fields follow; locked in one order, or two moves could wait for each other."""
    deals = session.scalars(
        select(DealRow)
        .where(DealRow.company_id == hook.person.company_id, DealRow.deal_id.in_(deal_ids))
        .order_by(DealRow.deal_id)
        .with_for_update()
    )
    for deal in deals:
        mark_deal_due(deal, now=core.now())


def _note_unowed(core: Core, session: Session, *, hook: _Hook, deal_id: int) -> None:
    """Set off the rule about paid deals where what is taken off the deal, which is locked, was the last that was owed."""
    deal = session.get_one(DealRow, (hook.person.company_id, deal_id))
    note_unowed(session, deal=deal, at=core.now(), now=core.now())


def _note(core: Core, session: Session, *, hook: _Hook, verb: str, invoice_id: str) -> None:
    audit.record(
        session,
        at=core.now(),
        company_id=hook.person.company_id,
        user_id=hook.person.user_id,
        verb=verb,
        subject=invoice_id,
    )


def _tell(
    core: Core,
    session: Session,
    *,
    hook: _Hook,
    verb: Verb,
    invoice_id: str,
    values: Mapping[str, int] | None = None,
) -> None:
    record_happening(
        session,
        company_id=hook.person.company_id,
        deal_id=hook.deal_id,
        organisation_id=hook.organisation.organisation_id,
        invoice_id=invoice_id,
        at=core.now(),
        side=Side.PIPEDRIVE,
        user_id=hook.person.user_id,
        verb=verb,
        values=values,
    )
