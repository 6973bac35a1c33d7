"""What a rule that makes invoices would have done about each deal of the last month."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead
from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.invoice import Status
from sync.domain.rules import LIVE, Rule, RuleKind
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations.customer import find_surest
from sync.operations.dry_trials import Trial, Trials, deals_of
from sync.operations.identity import Person
from sync.operations.prepare_invoice import Preview, preview_invoice
from sync.operations.rules_draft import check_preview
from sync.store.invoices import DealInvoice, InvoiceRecord

#: Each deal is asked about with up to six calls.
_MOST_DEALS = 20
#: Each search for a contact costs two calls of Xero's sixty a minute, which others need as well.
_MOST_SEARCHES = 8


@dataclass
class _Searches:
    """How many searches are left, and what those so far have found, by customer."""

    left: int = _MOST_SEARCHES
    found: dict[str, str] = field(default_factory=dict)


def try_creates(core: Core, person: Person, rule: Rule) -> Trials:
    """Try a rule that makes invoices on the deals that have been won, or moved to its stage."""
    status = "won" if rule.kind is RuleKind.WON else ""
    deals = deals_of(core, person, rule, status=status, stage_id=rule.stage_id)
    looked_at, searches = deals[:_MOST_DEALS], _Searches()
    trials = tuple(_try_create(core, person, rule, deal=deal, at=at, searches=searches) for deal, at in looked_at)
    return Trials(trials, left_out=len(deals) - len(looked_at))


def _try_create(core: Core, person: Person, rule: Rule, *, deal: Deal, at: datetime, searches: _Searches) -> Trial:
    trial = Trial(deal.deal_id, deal.title, at)
    with core.database.reading() as session:
        numbers = _live_then(session, person=person, deal_id=deal.deal_id, at=at)
    if numbers:
        return replace(trial, stop=ErrorCode.LIVE_INVOICE, subjects=numbers)
    is_open = False
    try:
        preview = preview_invoice(core, person=person, deal_id=deal.deal_id)
        contact_id = _contact_of(core, person, preview=preview, searches=searches)
        is_open = contact_id is None
        check_preview(core, person=person, preview=preview, contact_id=contact_id or "?", does=rule.does)
    except (GrantDead, Transient):
        # The rule would wait: that says nothing about this deal.
        raise
    except Anticipated as err:
        return replace(trial, stop=err.code, detail=err.detail)
    except InstepError:
        return replace(trial, stop=ErrorCode.PIPEDRIVE_REFUSED)
    return replace(trial, is_customer_open=is_open)


def _contact_of(core: Core, person: Person, *, preview: Preview, searches: _Searches) -> str | None:
    """Find the contact; None where nobody has looked.

    :raises Anticipated: CONTACT_UNSURE, NO_CUSTOMER.
    """
    form, customer = preview.form, preview.prepared.customer_key
    if form.contact_id:
        return form.contact_id
    if not form.customer.name:
        raise Anticipated(ErrorCode.NO_CUSTOMER)
    if customer not in searches.found:
        if not searches.left:
            return None
        searches.left -= 1
        organisation = get_active(core, company_id=person.company_id)
        surest = find_surest(core, organisation=organisation, prepared=preview.prepared)
        searches.found[customer] = surest.contact_id if surest else ""
    if not searches.found[customer]:
        raise Anticipated(ErrorCode.CONTACT_UNSURE)
    return searches.found[customer]


def _live_then(session: Session, *, person: Person, deal_id: int, at: datetime) -> tuple[str, ...]:
    """Name the invoices that hung on a deal then: one that was made later would have been the rule's."""
    rows = session.scalars(
        select(InvoiceRecord)
        .join(
            DealInvoice,
            (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
            & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
        )
        .where(DealInvoice.company_id == person.company_id, DealInvoice.deal_id == deal_id, DealInvoice.linked_at <= at)
    )
    return tuple(row.number for row in rows if Status(row.status) in LIVE)
