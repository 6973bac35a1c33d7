"""Fill the invoice window from a deal, and write down what it shows."""

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

from sync.clients.failures import GrantDead
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import client_for as pipedrive_client
from sync.connections.xero import ActiveOrganisation, get_active
from sync.core import Core
from sync.domain.accounting import DraftLine
from sync.domain.crm import CrmOrganization, Deal, DealDiscount, DealProduct
from sync.domain.crm import Person as CrmPerson
from sync.domain.due import due_date
from sync.domain.invoice import LineAmountTypes
from sync.domain.lines import LinesDraft, deal_line, draft_lines, invoice_currency, tax_percents
from sync.domain.mapping import customer_of, render_reference
from sync.domain.notes import Note
from sync.domain.rights import Right, RightsPolicy, rights_of
from sync.domain.tax import TaxChoice, tax_table
from sync.domain.timezones import local_day
from sync.domain.totals import line_amount, totals
from sync.errors import Anticipated, ErrorCode
from sync.operations.contacts import ContactChoice, candidates_for
from sync.operations.identity import Person
from sync.operations.preferences import Defaults, due_rule_for, get_defaults, get_preferences
from sync.operations.prepared import Prepared, to_stored
from sync.operations.reference import Reference, get_reference
from sync.store.company import Company
from sync.store.invoices import Intent

T = TypeVar("T")


@dataclass(frozen=True)
class FormLine:
    """One line as the window shows it; `warning` is why it cannot be submitted yet: tax_open, unlinked, or empty."""

    description: str
    quantity: Decimal | None
    unit_amount: Decimal | None
    discount_percent: Decimal | None
    discount_amount: Decimal | None
    tax_percent: Decimal
    tax_type: str | None
    tax_name: str
    item_code: str | None
    account_code: str | None
    amount: Decimal
    warning: str


@dataclass(frozen=True)
class InvoiceForm:
    """All that the invoice window shows; `problem` is why nothing can be created, or None."""

    intent_key: str
    customer_name: str
    customer_address: str
    customer_email: str
    contacts: tuple[ContactChoice, ...]
    chosen_contact_id: str
    can_create_contact: bool
    currency: str
    line_amount_types: LineAmountTypes
    lines: tuple[FormLine, ...]
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    issue_date: date
    due_date: date
    reference: str
    notes: tuple[Note, ...]
    problem: ErrorCode | None


@dataclass(frozen=True)
class _Source:
    """The deal and all that hangs on it in Pipedrive."""

    deal: Deal
    products: tuple[DealProduct, ...]
    discounts: tuple[DealDiscount, ...]
    person: CrmPerson | None
    organization: CrmOrganization | None

    @property
    def customer_key(self) -> str:
        """Who the customer is, for remembering the Xero contact."""
        if self.deal.org_id is not None:
            return f"organization:{self.deal.org_id}"
        return f"person:{self.deal.person_id}" if self.deal.person_id is not None else ""


def prepare_invoice(core: Core, *, person: Person, deal_id: int) -> InvoiceForm:
    """Read the deal as this person sees it, and make of it the invoice that will be sent unless they change it.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, INSTALL_LAPSED.
    :raises Transient: when Pipedrive or Xero cannot be asked.
    """
    organisation = get_active(core, company_id=person.company_id)
    reference = get_reference(core, organisation=organisation)
    require_right(person=person, reference=reference, right=Right.DRAFT)
    with core.database.reading() as session:
        preferences = get_preferences(session.get_one(Company, person.company_id).preferences)
        defaults = get_defaults(session, company_id=person.company_id, organisation_id=organisation.organisation_id)
    source = _pull_as(core, person=person, deal_id=deal_id)
    problem, currency = _currency(source=source, reference=reference)
    draft = _draft(source=source, reference=reference, defaults=defaults)
    customer = customer_of(
        deal=source.deal, person=source.person, org=source.organization, preferences=preferences.mapping
    )
    prepared = Prepared(
        lines=draft.lines,
        treatment=draft.treatment,
        currency=currency,
        customer=customer,
        customer_key=source.customer_key,
    )
    intent_key = _keep(core, person=person, deal_id=deal_id, organisation=organisation, prepared=prepared)
    contacts, chosen = candidates_for(core, organisation=organisation, company_id=person.company_id, prepared=prepared)
    issue_date = local_day(now=core.now(), xero_name=organisation.timezone)
    due_rule = due_rule_for(preferences=preferences, organisation_terms=reference.sales_terms, contact_terms=None)
    sums = totals(lines=draft.lines, treatment=draft.treatment)
    return InvoiceForm(
        intent_key=intent_key,
        customer_name=customer.name,
        customer_address=customer.address.value,
        customer_email=customer.email,
        contacts=contacts,
        chosen_contact_id=chosen,
        can_create_contact=bool(customer.name),
        currency=currency,
        line_amount_types=draft.treatment,
        lines=tuple(_form_line(line, treatment=draft.treatment, names=_tax_names(reference)) for line in draft.lines),
        sub_total=sums.sub_total,
        total_tax=sums.total_tax,
        total=sums.total,
        issue_date=issue_date,
        due_date=due_date(issue_date=issue_date, rule=due_rule),
        reference=render_reference(
            deal=source.deal, person=source.person, org=source.organization, preferences=preferences.mapping
        ),
        notes=draft.notes,
        problem=problem or (None if draft.lines else ErrorCode.NO_LINES),
    )


def require_right(*, person: Person, reference: Reference, right: Right) -> None:
    """Insist on a right of D5.

    :raises Anticipated: NOT_ALLOWED.
    """
    if right not in rights_of(actions=reference.actions, is_admin=person.is_admin, policy=RightsPolicy()):
        raise Anticipated(ErrorCode.NOT_ALLOWED)


def _pull_as(core: Core, *, person: Person, deal_id: int) -> _Source:
    try:
        return _pull(pipedrive_client(core, company_id=person.company_id, user_id=person.user_id), deal_id=deal_id)
    except GrantDead as err:
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err


def _pull(client: PipedriveClient, *, deal_id: int) -> _Source:
    """Ask Pipedrive for everything at once: a person is waiting."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        products = _submit(pool, client.get_deal_products, deal_id=deal_id)
        discounts = _submit(pool, client.get_deal_discounts, deal_id=deal_id)
        deal = client.get_deal(deal_id=deal_id)
        person = None if deal.person_id is None else _submit(pool, client.get_person, person_id=deal.person_id)
        org = None if deal.org_id is None else client.get_organization(org_id=deal.org_id)
        return _Source(
            deal=deal,
            products=products.result(),
            discounts=discounts.result(),
            person=person.result() if person else None,
            organization=org,
        )


def _submit(pool: ThreadPoolExecutor, ask: Callable[..., T], **about: int) -> Future[T]:
    """Ask in another thread, whose log lines carry this request's id as well."""
    return pool.submit(copy_context().run, partial(ask, **about))


def _currency(*, source: _Source, reference: Reference) -> tuple[ErrorCode | None, str]:
    try:
        currency = invoice_currency(deal=source.deal, products=source.products)
    except Anticipated as err:
        return err.code, source.deal.currency
    return (None if currency in reference.currencies else ErrorCode.CURRENCY_NOT_ENABLED), currency


def _draft(*, source: _Source, reference: Reference, defaults: Defaults) -> LinesDraft:
    table: Mapping[Decimal, TaxChoice] = tax_table(
        rates=reference.tax_rates, percents=tax_percents(products=source.products), overrides=defaults.tax_rates
    )
    account = defaults.account or None
    treatment = LineAmountTypes(defaults.treatment) if defaults.treatment else None
    if not source.products:
        return deal_line(deal=source.deal, tax_table=table, default_account=account, treatment=treatment)
    return draft_lines(
        products=source.products,
        discounts=source.discounts,
        tax_table=table,
        default_account=account,
        treatment=treatment,
    )


def _keep(core: Core, *, person: Person, deal_id: int, organisation: ActiveOrganisation, prepared: Prepared) -> str:
    intent_id = str(uuid.uuid4())
    with core.database.writing() as session:
        session.add(
            Intent(
                intent_id=intent_id,
                company_id=person.company_id,
                user_id=person.user_id,
                deal_id=deal_id,
                organisation_id=organisation.organisation_id,
                state="prepared",
                created_at=core.now(),
                prepared=to_stored(prepared),
            )
        )
    return intent_id


def _tax_names(reference: Reference) -> dict[str, str]:
    return {rate.tax_type: rate.name for rate in reference.tax_rates}


def _form_line(line: DraftLine, *, treatment: LineAmountTypes, names: Mapping[str, str]) -> FormLine:
    return FormLine(
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        discount_percent=line.discount_rate,
        discount_amount=line.discount_amount,
        tax_percent=line.tax_percent,
        tax_type=line.tax_type,
        tax_name=names.get(line.tax_type or "", ""),
        item_code=line.item_code,
        account_code=line.account_code,
        amount=line_amount(line=line),
        warning=_warning(line, treatment=treatment),
    )


def _warning(line: DraftLine, *, treatment: LineAmountTypes) -> str:
    if line.tax_type is None and treatment is not LineAmountTypes.NO_TAX:
        return "tax_open"
    return "" if line.item_code or line.account_code else "unlinked"
