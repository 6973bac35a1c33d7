"""All sales invoices of the contact that a deal's customer is, wherever they were made (F23, F25)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select

from sync.clients.failures import Unreadable
from sync.clients.xero.client import XeroClient
from sync.clients.xero.invoices import LISTED_AT_ONCE, InvoicePage
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.invoice import Invoice, Status
from sync.domain.rights import Right, RightsPolicy, why_not
from sync.domain.selection import CurrencySums, Period, Selection, Span, is_over, span_of, sums_by_currency
from sync.domain.timezones import local_day
from sync.errors import ErrorCode, Transient
from sync.operations.contact_links import find_contact_link
from sync.operations.contacts import find_survivor
from sync.operations.identity import Person, find_visible
from sync.operations.invoices import InvoiceOnDeal, apply_invoice, copy_invoice, to_invoice
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome
from sync.operations.panel import InvoiceRow, invoice_row
from sync.store.accounts import Connection
from sync.store.invoices import ContactLink, DealInvoice, DealRow, InvoiceRecord

PAGE_SIZE = 25


class Place(StrEnum):
    """Where an invoice hangs, as this person may know it."""

    HERE = "here"
    NOWHERE = "nowhere"
    ELSEWHERE = "elsewhere"
    #: On a deal that this person may not see, or that is archived, or that Pipedrive cannot be asked about.
    HIDDEN = "hidden"
    #: On a deal that was deleted.
    GONE = "gone"


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see; `span` is theirs where the period is a custom one."""

    period: Period = Period.YEAR
    span: Span | None = None
    status: Status | None = None
    term: str = ""
    page: int = 1


@dataclass(frozen=True)
class ListedInvoice:
    """One invoice of the contact; what is said of another deal is only said to who may see that."""

    row: InvoiceRow
    place: Place
    deal_id: int | None = None
    deal_title: str = ""
    deal_url: str = ""


@dataclass(frozen=True)
class Listing:
    """One page of a selection. `read` of its `count` invoices are what the sums are of."""

    contact_name: str
    organisation_name: str
    span: Span
    invoices: tuple[ListedInvoice, ...]
    page: int
    count: int
    read_from: int
    read: int
    #: How many of those that were read are voided or deleted, and so in no sum.
    over: int
    sums: tuple[CurrencySums, ...]
    as_of: datetime
    why_not_link: ErrorCode | None

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return _pages(self.count)

    @property
    def first(self) -> int:
        """The place of the page's first invoice."""
        return (self.page - 1) * PAGE_SIZE + 1


@dataclass(frozen=True)
class _Reading:
    """What was read of Xero."""

    page: int
    found: InvoicePage
    contact_name: str = ""
    read_from: int = 1
    shown: tuple[Invoice, ...] = field(default=())


def find_contact_invoices(core: Core, *, person: Person, deal_id: int, wish: Wish) -> Listing | None:
    """Read a page of the invoices of the deal's contact; None where no contact is linked.

    One call to Xero, and a second for a page that is past the end. Where nothing is found, three more at most see
    whether the contact was merged.

    What hangs on a deal of the company is brought up to date with it.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, INSTALL_LAPSED.
    :raises Transient: when Xero is busy or down.
    """
    organisation = get_active(core, company_id=person.company_id)
    with core.database.reading() as session:
        link = find_contact_link(
            session, company_id=person.company_id, organisation_id=organisation.organisation_id, deal_id=deal_id
        )
        if link is None:
            return None
        actions = frozenset(session.get_one(Connection, organisation.connection_key).actions)
    today = local_day(now=core.now(), xero_name=organisation.timezone)
    span = wish.span or span_of(period=wish.period, today=today)
    asked_at = core.now()
    with noticing_loss(core, organisation=organisation):
        reading = _read(core, organisation=organisation, link=link, wish=wish, span=span)
    _keep(core, person=person, organisation=organisation, invoices=reading.shown, asked_at=asked_at)
    found = reading.found.invoices
    return Listing(
        contact_name=reading.contact_name,
        organisation_name=organisation.name,
        span=span,
        invoices=_listed(core, person=person, deal_id=deal_id, organisation=organisation, invoices=reading.shown),
        page=reading.page,
        count=reading.found.count,
        read_from=reading.read_from,
        read=len(found),
        over=sum(is_over(one.status) for one in found),
        sums=sums_by_currency(invoices=found),
        as_of=core.now(),
        why_not_link=why_not(right=Right.DRAFT, actions=actions, is_admin=person.is_admin, policy=RightsPolicy()),
    )


def get_listed(core: Core, *, person: Person, deal_id: int, invoice_id: str) -> ListedInvoice:
    """Give an invoice that is kept here as the list shows it, without asking Xero."""
    organisation = get_active(core, company_id=person.company_id)
    with core.database.reading() as session:
        invoice = to_invoice(session.get_one(InvoiceRecord, (organisation.organisation_id, invoice_id)))
    [listed] = _listed(core, person=person, deal_id=deal_id, organisation=organisation, invoices=(invoice,))
    return listed


def _read(core: Core, *, organisation: ActiveOrganisation, link: ContactLink, wish: Wish, span: Span) -> _Reading:
    client = client_for(core, organisation=organisation)
    selection = Selection(contact_id=link.contact_id, span=span, status=wish.status, term=wish.term)
    reading = _read_page(client, selection=selection, page=wish.page)
    name = link.contact_name
    is_filtered = wish.status is not None or bool(wish.term)
    # A merged contact has no invoices. That a filter finds nothing is common: then only its first page looks.
    if not reading.found.count and (wish.page == 1 or not is_filtered):
        survivor = find_survivor(client, contact_id=link.contact_id)
        if survivor is not None and survivor.contact_id != link.contact_id:
            _follow_merge(core, link=link, contact_id=survivor.contact_id, name=survivor.name)
            selection = replace(selection, contact_id=survivor.contact_id)
            reading = _read_page(client, selection=selection, page=1)
        name = survivor.name if survivor else name
    newest = reading.found.invoices[0].contact_name if reading.found.invoices else name
    return _Reading(reading.page, reading.found, newest, reading.read_from, reading.shown)


def _read_page(client: XeroClient, *, selection: Selection, page: int) -> _Reading:
    """Read the thousand that a page lies in; a page past the end is the last one."""
    chunk = (page - 1) * PAGE_SIZE // LISTED_AT_ONCE + 1
    found = client.list_invoices(selection=selection, page=chunk)
    last = max(_pages(found.count), 1)
    if page > last:
        return _read_page(client, selection=selection, page=last)
    # Xero's order says nothing of invoices of one day.
    ordered = sorted(found.invoices, key=lambda one: (one.issue_date or date.min, one.number), reverse=True)
    skipped = (chunk - 1) * LISTED_AT_ONCE
    start = (page - 1) * PAGE_SIZE - skipped
    return _Reading(page=page, found=found, read_from=skipped + 1, shown=tuple(ordered[start : start + PAGE_SIZE]))


def _pages(count: int) -> int:
    return -(-count // PAGE_SIZE)


def _follow_merge(core: Core, *, link: ContactLink, contact_id: str, name: str) -> None:
    """Remember the contact that the linked one was merged into: its invoices are there now."""
    with core.database.writing() as session:
        known = session.get(ContactLink, (link.company_id, link.organisation_id, link.customer), with_for_update=True)
        if known is not None and known.contact_id == link.contact_id:
            known.contact_id, known.contact_name = contact_id, name


def _keep(
    core: Core, *, person: Person, organisation: ActiveOrganisation, invoices: Sequence[Invoice], asked_at: datetime
) -> None:
    """Bring our copies up to date, so that the panel and this list never tell two stories."""
    on_deals = _deals_of(core, person=person, organisation=organisation, invoices=invoices)
    if not on_deals:
        return
    with core.database.writing() as session:
        outcomes = {
            apply_invoice(
                session,
                organisation_id=organisation.organisation_id,
                invoice=invoice,
                base_url=core.settings.base_url,
                asked_at=asked_at,
                now=core.now(),
            )
            for invoice in sorted(invoices, key=lambda one: one.invoice_id)
            if invoice.invoice_id in on_deals
        }
    if Outcome.DONE in outcomes:
        core.waker.wake()


@dataclass(frozen=True)
class _OnDeal:
    deal_id: int
    title: str
    is_deleted: bool


def _deals_of(
    core: Core, *, person: Person, organisation: ActiveOrganisation, invoices: Sequence[Invoice]
) -> dict[str, _OnDeal]:
    with core.database.reading() as session:
        rows = session.execute(
            select(DealInvoice.invoice_id, DealRow.deal_id, DealRow.title, DealRow.is_deleted)
            .join(DealRow, (DealRow.company_id == DealInvoice.company_id) & (DealRow.deal_id == DealInvoice.deal_id))
            .where(
                DealInvoice.company_id == person.company_id,
                DealInvoice.organisation_id == organisation.organisation_id,
                DealInvoice.invoice_id.in_([one.invoice_id for one in invoices]),
            )
        ).all()
    return {row.invoice_id: _OnDeal(row.deal_id, row.title, row.is_deleted) for row in rows}


def _listed(
    core: Core, *, person: Person, deal_id: int, organisation: ActiveOrganisation, invoices: Sequence[Invoice]
) -> tuple[ListedInvoice, ...]:
    on_deals = _deals_of(core, person=person, organisation=organisation, invoices=invoices)
    others = {one.deal_id for one in on_deals.values() if not one.is_deleted} - {deal_id}
    visible = _visible(core, person=person, deal_ids=others)

    def placed(invoice: Invoice) -> ListedInvoice:
        row = _row(core, organisation=organisation, invoice=invoice)
        on_deal = on_deals.get(invoice.invoice_id)
        if on_deal is None:
            return ListedInvoice(row, Place.NOWHERE)
        if on_deal.deal_id == deal_id:
            return ListedInvoice(row, Place.HERE, deal_id)
        if on_deal.is_deleted:
            return ListedInvoice(row, Place.GONE)
        if on_deal.deal_id not in visible:
            return ListedInvoice(row, Place.HIDDEN)
        url = f"{person.api_domain}/deal/{on_deal.deal_id}"
        return ListedInvoice(row, Place.ELSEWHERE, on_deal.deal_id, on_deal.title, url)

    return tuple(placed(invoice) for invoice in invoices)


def _visible(core: Core, *, person: Person, deal_ids: set[int]) -> frozenset[int]:
    try:
        return find_visible(core, person=person, deal_ids=deal_ids)
    except (Transient, Unreadable):
        # Whom Pipedrive cannot be asked about sees less, and still all invoices.
        return frozenset()


def _row(core: Core, *, organisation: ActiveOrganisation, invoice: Invoice) -> InvoiceRow:
    record = InvoiceRecord(organisation_id=organisation.organisation_id, invoice_id=invoice.invoice_id)
    copy_invoice(record, invoice=invoice, now=core.now())
    return invoice_row(
        core,
        found=InvoiceOnDeal(record=record, timezone=organisation.timezone, short_code=organisation.short_code),
    )
