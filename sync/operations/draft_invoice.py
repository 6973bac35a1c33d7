"""Make the invoice in Xero, as a draft: once for one opening of the window, whatever happens (F30)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sync.clients.xero.payloads import NewContact, contact_body, invoice_body
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.accounting import DraftInvoice
from sync.domain.rights import Right
from sync.domain.totals import totals
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.identity import Person
from sync.operations.intents import claim
from sync.operations.invoices import InvoiceOnDeal
from sync.operations.loss import noticing_loss
from sync.operations.panel import InvoiceRow, invoice_row
from sync.operations.prepare_invoice import require_right
from sync.operations.prepared import Prepared, from_stored, to_stored
from sync.operations.reference import Reference, get_reference
from sync.operations.send_intent import mark_of, send
from sync.store.accounts import Organisation
from sync.store.invoices import ContactLink, Intent, InvoiceRecord

_LONGEST_REFERENCE = 255


@dataclass(frozen=True)
class DraftRequest:
    """What the window sends back; an empty `contact_id` asks for a new contact."""

    intent_key: str
    contact_id: str
    issue_date: date
    due_date: date
    reference: str


@dataclass(frozen=True)
class DraftResult:
    """The invoice that was made; `repeated` says that it had been made before, by the same window."""

    invoice: InvoiceRow
    expected_total: Decimal
    xero_total: Decimal
    repeated: bool


def draft_invoice(core: Core, *, person: Person, deal_id: int, request: DraftRequest) -> DraftResult:
    """Create the invoice that the window showed, as a draft in Xero, and hang it on the deal.

    :raises Anticipated: whatever a person can mend (`ErrorCode`), with Xero's own sentence where there is one.
    :raises Transient: OUTCOME_UNKNOWN while nobody can tell whether it was made; a worker finds out.
    """
    intent = _own_intent(core, person=person, deal_id=deal_id, intent_key=request.intent_key)
    prepared = from_stored(intent.prepared)
    if intent.state == "done":
        return replace(_result(core, intent_id=intent.intent_id, prepared=prepared), repeated=True)
    if intent.state in ("sending", "unknown"):
        raise Anticipated(ErrorCode.IN_PROGRESS)
    organisation = get_active(core, company_id=person.company_id)
    reference = get_reference(core, organisation=organisation)
    require_right(person=person, reference=reference, right=Right.DRAFT)
    _check(intent=intent, organisation=organisation, request=request, prepared=prepared, reference=reference)
    contact_id = request.contact_id or _ensure_contact(core, intent=intent, organisation=organisation)
    body = invoice_body(
        DraftInvoice(
            contact_id=contact_id,
            lines=prepared.lines,
            line_amount_types=prepared.treatment,
            currency=prepared.currency,
            issue_date=request.issue_date,
            due_date=request.due_date,
            reference=request.reference,
            url=mark_of(core, intent_id=intent.intent_id),
        )
    )
    claim(core, intent_id=intent.intent_id, contact_id=contact_id, body=body)
    _remember(core, intent=intent, prepared=prepared, contact_id=contact_id)
    send(core, intent_id=intent.intent_id)
    return _result(core, intent_id=intent.intent_id, prepared=prepared)


def _own_intent(core: Core, *, person: Person, deal_id: int, intent_key: str) -> Intent:
    with core.database.reading() as session:
        intent = session.get(Intent, intent_key)
    if intent is None or (intent.company_id, intent.user_id, intent.deal_id) != (
        person.company_id,
        person.user_id,
        deal_id,
    ):
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    return intent


def _check(
    *,
    intent: Intent,
    organisation: ActiveOrganisation,
    request: DraftRequest,
    prepared: Prepared,
    reference: Reference,
) -> None:
    """Refuse here what Xero would refuse, in our own words."""
    if intent.organisation_id != organisation.organisation_id:
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    if not prepared.lines:
        raise Anticipated(ErrorCode.NO_LINES)
    if prepared.currency not in reference.currencies:
        raise Anticipated(ErrorCode.CURRENCY_NOT_ENABLED, detail=prepared.currency)
    if request.due_date < request.issue_date or len(request.reference) > _LONGEST_REFERENCE:
        raise Anticipated(ErrorCode.INPUT_INVALID)
    if reference.lock_date is not None and request.issue_date <= reference.lock_date:
        raise Anticipated(ErrorCode.PERIOD_LOCKED, detail=reference.lock_date.isoformat())


def _ensure_contact(core: Core, *, intent: Intent, organisation: ActiveOrganisation) -> str:
    """Create the customer in Xero once for this window; an answer that was lost is asked for with the same key."""
    prepared = from_stored(intent.prepared)
    if prepared.created_contact_id:
        return prepared.created_contact_id
    customer = prepared.customer
    if not customer.name:
        raise Anticipated(ErrorCode.NO_CUSTOMER)
    body = contact_body(
        NewContact(
            name=" ".join(customer.name.split()),
            email=customer.email,
            tax_number=customer.tax_number,
            address=customer.address,
        )
    )
    with noticing_loss(core, organisation=organisation):
        client = client_for(core, organisation=organisation)
        contact = client.create_contact(body=body, idempotency_key=f"{intent.intent_id}-contact")
    with core.database.writing() as session:
        row = session.get_one(Intent, intent.intent_id, with_for_update=True)
        row.prepared = to_stored(replace(prepared, created_contact_id=contact.contact_id))
        audit.record(
            session,
            at=core.now(),
            company_id=intent.company_id,
            user_id=intent.user_id,
            verb="create_contact",
            subject=contact.contact_id,
        )
    return contact.contact_id


def _remember(core: Core, *, intent: Intent, prepared: Prepared, contact_id: str) -> None:
    """Keep the chosen contact for this customer's next invoice."""
    if not prepared.customer_key:
        return
    with core.database.writing() as session:
        session.merge(
            ContactLink(
                company_id=intent.company_id,
                organisation_id=intent.organisation_id,
                customer=prepared.customer_key,
                contact_id=contact_id,
                linked_at=core.now(),
            )
        )


def _result(core: Core, *, intent_id: str, prepared: Prepared) -> DraftResult:
    with core.database.reading() as session:
        intent = session.get_one(Intent, intent_id)
        record = session.get_one(InvoiceRecord, (intent.organisation_id, intent.invoice_id))
        organisation = session.get_one(Organisation, intent.organisation_id)
    return DraftResult(
        invoice=invoice_row(
            core,
            found=InvoiceOnDeal(record=record, timezone=organisation.timezone, short_code=organisation.short_code),
        ),
        expected_total=totals(lines=prepared.lines, treatment=prepared.treatment).total,
        xero_total=record.total,
        repeated=False,
    )
