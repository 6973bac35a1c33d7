"""Make the invoice in Xero: once for one opening of the window, whatever happens (F13, F30)."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from sync.clients.failures import OutcomeUnknown, Refused
from sync.clients.xero.client import XeroClient
from sync.clients.xero.payloads import NewContact, contact_body, contact_update_body, invoice_body
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.accounting import Contact, DraftInvoice
from sync.domain.contact_changes import ContactField, one_line
from sync.domain.mapping import Customer
from sync.domain.mark import Mark, mark_url
from sync.domain.rights import Right
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations import audit
from sync.operations.check_draft import Checked, DraftRequest, InputRefused, check_draft
from sync.operations.deal_invoices import require_right
from sync.operations.identity import Person
from sync.operations.intents import claim
from sync.operations.invoices import InvoiceOnDeal, follow_up_id
from sync.operations.items import remember_items
from sync.operations.loss import noticing_loss
from sync.operations.own_intent import get_own_intent
from sync.operations.panel import InvoiceRow, invoice_row
from sync.operations.prepared import Prepared, from_stored, to_stored
from sync.operations.reference import JUST_NOW, LASTS, expire_reference, get_items, get_reference
from sync.operations.send_intent import send, send_follow_up
from sync.operations.update_contact import other_addresses, update_contact
from sync.store.accounts import Organisation
from sync.store.invoices import ContactLink, Intent, InvoiceRecord


@dataclass(frozen=True)
class DraftResult:
    """The invoice that was made, and what is left to say of it.

    `repeated`: it had been made before, by the same window. `problem` is why it was not submitted or approved as asked,
    with Xero's own sentence in `detail`.
    """

    invoice: InvoiceRow
    expected_total: Decimal
    xero_total: Decimal
    repeated: bool = False
    problem: ErrorCode | None = None
    detail: str = ""

    @property
    def wants_a_look(self) -> bool:
        """Whether the person should read more than that it is made."""
        return self.expected_total != self.xero_total or self.problem is not None


def draft_invoice(core: Core, *, person: Person, deal_id: int, request: DraftRequest) -> DraftResult:
    """Create the invoice that the window showed, and submit or approve it if Xero comes to the same total.

    :raises InputRefused: what was typed cannot be sent; every field with its reason.
    :raises Anticipated: whatever else a person can mend (`ErrorCode`), with Xero's own sentence where there is one.
    :raises Transient: OUTCOME_UNKNOWN while nobody can tell whether it was made; a worker finds out.
    """
    intent = get_own_intent(core, person=person, deal_id=deal_id, intent_key=request.intent_key)
    if intent.state == "done":
        return replace(_result(core, intent_id=intent.intent_id), repeated=True)
    if intent.state in ("sending", "unknown"):
        raise Anticipated(ErrorCode.IN_PROGRESS)
    organisation = get_active(core, company_id=person.company_id)
    if intent.organisation_id != organisation.organisation_id:
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    checked = _checked(core, person=person, organisation=organisation, intent=intent, request=request)
    contact_id = request.contact_id or _ensure_contact(core, intent=intent, organisation=organisation)
    if request.contact_id and request.update_contact:
        _update_contact(core, person=person, organisation=organisation, intent=intent, request=request)
    claim(
        core,
        intent_id=intent.intent_id,
        contact_id=contact_id,
        body=_body(core, intent=intent, request=request, checked=checked, contact_id=contact_id),
        expected_total=checked.totals.total,
        followed_by="" if request.create_as == "draft" else request.create_as,
    )
    try:
        send(core, intent_id=intent.intent_id)
    except Refused:
        expire_reference(core, organisation=organisation)
        raise
    _remember(core, intent=intent, request=request, checked=checked, contact_id=contact_id)
    # The draft is there whatever comes of it; what went wrong is written down, and told with the draft.
    with suppress(Anticipated, Transient):
        send_follow_up(core, intent_id=intent.intent_id)
    return _result(core, intent_id=intent.intent_id)


def _checked(
    core: Core, *, person: Person, organisation: ActiveOrganisation, intent: Intent, request: DraftRequest
) -> Checked:
    """Check against our copy of Xero's lists, and against new ones where a person may have mended them meanwhile."""
    get_reference(core, organisation=organisation)  # tells the rights as well
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)

    def check(lasting: timedelta) -> Checked:
        names_items = any(line.item_code for line in request.lines)
        return check_draft(
            request,
            person=person,
            prepared=from_stored(intent.prepared),
            reference=get_reference(core, organisation=organisation, lasting=lasting),
            items=get_items(core, organisation=organisation, lasting=lasting) if names_items else (),
        )

    try:
        return check(LASTS)
    except InputRefused as err:
        if not err.may_be_outdated:
            raise
        return check(JUST_NOW)


def _body(core: Core, *, intent: Intent, request: DraftRequest, checked: Checked, contact_id: str) -> bytes:
    return invoice_body(
        DraftInvoice(
            contact_id=contact_id,
            lines=checked.lines,
            line_amount_types=request.treatment,
            currency=request.currency,
            issue_date=request.issue_date,
            due_date=request.due_date,
            reference=request.reference,
            url=_mark(core, intent=intent),
            theme_id=request.theme_id,
        )
    )


def _mark(core: Core, *, intent: Intent) -> str:
    mark = Mark(
        intent_id=intent.intent_id, company_id=intent.company_id, deal_id=intent.deal_id, user_id=intent.user_id
    )
    return mark_url(base_url=core.settings.base_url, mark=mark, key=core.settings.secret_key)


def _ensure_contact(core: Core, *, intent: Intent, organisation: ActiveOrganisation) -> str:
    """Create the customer in Xero once for this window; an answer that was lost is asked for with the same key."""
    prepared = from_stored(intent.prepared)
    if prepared.created_contact_id:
        return prepared.created_contact_id
    customer = prepared.customer
    body = contact_body(
        NewContact(
            name=_xero_name(customer),
            email=customer.email,
            tax_number=customer.tax_number,
            address=customer.address,
        )
    )
    try:
        with noticing_loss(core, organisation=organisation):
            client = client_for(core, organisation=organisation)
            contact = _create(client, prepared=prepared, body=body, key=f"{intent.intent_id}-contact")
    except (Refused, OutcomeUnknown):
        # Xero keeps its answer under the key, also a wrong one; another key is safe, for a contact's name is unique there.
        _keep_prepared(core, intent=intent, prepared=replace(prepared, contact_tries=prepared.contact_tries + 1))
        raise
    _keep_prepared(core, intent=intent, prepared=replace(prepared, created_contact_id=contact.contact_id))
    return contact.contact_id


def _create(client: XeroClient, *, prepared: Prepared, body: bytes, key: str) -> Contact:
    """Create the customer; after a lost answer look for it by its name."""
    try:
        return client.create_contact(body=body, idempotency_key=f"{key}-{prepared.contact_tries}")
    except OutcomeUnknown:
        # Exactly this name, which is unique in Xero: one that is only like it is somebody else.
        name = _xero_name(prepared.customer)
        same = [one for one in client.search_contacts(term=name) if one.name.casefold() == name.casefold()]
        if len(same) != 1:
            raise
        return same[0]


def _xero_name(customer: Customer) -> str:
    return " ".join(customer.name.split())


def _keep_prepared(core: Core, *, intent: Intent, prepared: Prepared) -> None:
    with core.database.writing() as session:
        row = session.get_one(Intent, intent.intent_id, with_for_update=True)
        row.prepared = to_stored(prepared)
        if prepared.created_contact_id:
            audit.record(
                session,
                at=core.now(),
                company_id=intent.company_id,
                user_id=intent.user_id,
                verb="create_contact",
                subject=prepared.created_contact_id,
            )


def _update_contact(
    core: Core, *, person: Person, organisation: ActiveOrganisation, intent: Intent, request: DraftRequest
) -> None:
    """Copy what was shown as different, before the invoice is made, so that it prints what the person saw (F8)."""
    customer = from_stored(intent.prepared).customer
    values = {ContactField.EMAIL: ("EmailAddress", customer.email)}
    values[ContactField.TAX_NUMBER] = ("TaxNumber", customer.tax_number)
    # What Pipedrive does not know empties nothing in Xero.
    changes = {name: value for field, (name, value) in values.items() if field in request.update_contact and value}
    is_address_wanted = ContactField.ADDRESS in request.update_contact and one_line(customer.address)
    if not changes and not is_address_wanted:
        return
    contact_id = request.contact_id
    others = other_addresses(core, organisation=organisation, contact_id=contact_id) if is_address_wanted else ()
    address = customer.address if is_address_wanted else None
    body = contact_update_body(contact_id=contact_id, changes=changes, address=address, others=others)
    update_contact(
        core,
        person=person,
        deal_id=intent.deal_id,
        organisation=organisation,
        contact_id=contact_id,
        body=body,
        # The same again is the same wish; other fields are another.
        key=str(uuid.uuid5(uuid.UUID(intent.intent_id), body.decode())),
    )


def _remember(core: Core, *, intent: Intent, request: DraftRequest, checked: Checked, contact_id: str) -> None:
    """Keep the chosen contact and items for this customer's and these products' next invoice."""
    about = {"company_id": intent.company_id, "organisation_id": intent.organisation_id}
    customer = from_stored(intent.prepared).customer_key

    def keep(session: Session) -> None:
        remember_items(session, intent=intent, lines=request.lines, items=checked.items, now=core.now())
        made = session.get_one(Intent, intent.intent_id)
        record = session.get_one(InvoiceRecord, (intent.organisation_id, made.invoice_id))
        # What a person has linked meanwhile is not for a rule to change.
        is_kept = bool(intent.rule) and session.get(ContactLink, (*about.values(), customer)) is not None
        if customer and not is_kept:
            kept = {"contact_id": contact_id, "contact_name": record.contact_name, "linked_at": core.now()}
            session.merge(ContactLink(**about, customer=customer, **kept))

    core.database.insert_once(keep)


def _result(core: Core, *, intent_id: str) -> DraftResult:
    with core.database.reading() as session:
        intent = session.get_one(Intent, intent_id)
        record = session.get_one(InvoiceRecord, (intent.organisation_id, intent.invoice_id))
        organisation = session.get_one(Organisation, intent.organisation_id)
        following = session.get(Intent, follow_up_id(intent_id=intent_id))
    last = following if following is not None and following.state != "done" else intent
    return DraftResult(
        invoice=invoice_row(
            core,
            found=InvoiceOnDeal(record=record, timezone=organisation.timezone, short_code=organisation.short_code),
        ),
        expected_total=record.total if intent.expected_total is None else intent.expected_total,
        xero_total=record.total,
        problem=ErrorCode(last.error_code) if last.error_code else None,
        detail=last.error_detail,
    )
