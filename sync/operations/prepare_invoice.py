"""Fill the invoice window from a deal; Xero is asked only for lists that are over an hour old."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from sync.connections.xero import ActiveOrganisation, get_active
from sync.core import Core
from sync.domain.accounting import DraftLine, Item
from sync.domain.due import DueRule, due_date
from sync.domain.invoice import LineAmountTypes
from sync.domain.lines import LinesDraft, deal_line, draft_lines, invoice_currency, tax_percents
from sync.domain.mapping import Customer, customer_of, render_reference
from sync.domain.notes import Note, to_plain
from sync.domain.rights import CREATE_AS, Right, RightsPolicy, why_not
from sync.domain.tax import TaxChoice, tax_table
from sync.domain.timezones import local_day
from sync.errors import Anticipated, ErrorCode
from sync.operations.company_fields import read_company_fields, usable
from sync.operations.contact_links import customer_key
from sync.operations.deal_invoices import require_right
from sync.operations.deal_source import DealSource, pull_deal_source
from sync.operations.half_written import HalfWrittenForm, find_half_written
from sync.operations.identity import Person
from sync.operations.intents import MAY_BE_SENT
from sync.operations.items import linked_items
from sync.operations.preferences import Defaults, Preferences, due_rule_for, get_defaults, get_preferences
from sync.operations.prepared import Prepared, to_stored
from sync.operations.reference import JUST_NOW, Reference, get_items, get_reference
from sync.store.company import Company
from sync.store.invoices import ContactLink, Intent


@dataclass(frozen=True)
class FormLine:
    """One line, with the name of the item that it is linked to."""

    line: DraftLine
    item_name: str = ""


@dataclass(frozen=True)
class Choices:
    """What the organisation offers, and why what it does not offer is missing."""

    reference: Reference
    defaults: Defaults
    #: Pipedrive's percentages that one tax rate answers.
    tax_types: Mapping[Decimal, str]
    create_as: Mapping[str, ErrorCode | None]


@dataclass(frozen=True)
class InvoiceForm:
    """All that the invoice window shows at first; `problem` is why nothing can be created, or None."""

    intent_key: str
    organisation_name: str
    customer: Customer
    contact_id: str
    contact_name: str
    currency: str
    treatment: LineAmountTypes
    lines: tuple[FormLine, ...]
    issue_date: date
    due_date: date
    due_rule: DueRule
    reference: str
    choices: Choices
    notes: tuple[Note, ...]
    problem: ErrorCode | None
    half_written: HalfWrittenForm | None


@dataclass(frozen=True)
class Preview:
    """An invoice as it would be drawn up, and whom it would be for."""

    form: InvoiceForm
    prepared: Prepared


@dataclass(frozen=True)
class Opening:
    """Under which key an invoice is prepared: a window's is new each time, a rule's is made of what set it off."""

    intent_id: str
    rule: str = ""


@dataclass(frozen=True)
class _Kept:
    """What the store knows before anybody is asked."""

    preferences: Preferences
    defaults: Defaults
    half_written: HalfWrittenForm | None


@dataclass(frozen=True)
class _Read:
    """What the vendors say: the organisation's lists, the deal, and the currency that its invoice has."""

    reference: Reference
    source: DealSource
    currency: str
    problem: ErrorCode | None


def prepare_invoice(core: Core, *, person: Person, deal_id: int, opening: Opening | None = None) -> InvoiceForm:
    """Read the deal as this person sees it, and make of it the invoice that will be sent unless they change it.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, NOT_ALLOWED_IN_XERO, INSTALL_LAPSED, DEAL_GONE,
        NO_ACCESS_TO_DEAL; IN_PROGRESS where a rule has sent it already.
    :raises Transient: when Pipedrive cannot be asked, or Xero when its lists were never read.
    """
    organisation = get_active(core, company_id=person.company_id)
    preview = _preview(core, person=person, deal_id=deal_id, organisation=organisation)
    opening = opening or Opening(str(uuid.uuid4()))
    intent = _intent(core, person=person, deal_id=deal_id, organisation=organisation, opening=opening)
    _open(core, intent=intent, prepared=preview.prepared)
    return replace(preview.form, intent_key=intent.intent_id)


def preview_invoice(core: Core, *, person: Person, deal_id: int) -> Preview:
    """Make the same of the deal, and write nothing down.

    :raises Anticipated: as `prepare_invoice`.
    :raises Transient: as `prepare_invoice`.
    """
    organisation = get_active(core, company_id=person.company_id)
    return _preview(core, person=person, deal_id=deal_id, organisation=organisation)


def _preview(core: Core, *, person: Person, deal_id: int, organisation: ActiveOrganisation) -> Preview:
    read = _read(core, person=person, deal_id=deal_id, organisation=organisation)
    kept = _kept(core, person=person, deal_id=deal_id, organisation=organisation)
    source, mapping = read.source, kept.preferences.mapping
    table = tax_table(
        rates=read.reference.tax_rates,
        percents=tax_percents(products=source.products) | kept.defaults.tax_rates.keys(),
        overrides=kept.defaults.tax_rates,
    )
    draft = _draft(source=source, table=table, defaults=kept.defaults)
    notes = (*draft.notes, *source.notes)
    customer = customer_of(deal=source.deal, person=source.person, org=source.organization, preferences=mapping)
    prepared = Prepared(
        customer=customer,
        customer_key=customer_key(org_id=source.deal.org_id, person_id=source.deal.person_id),
        is_mixed=read.problem is ErrorCode.MIXED_CURRENCIES,
        notes=tuple(to_plain(note) for note in notes),
    )
    today = local_day(now=core.now(), xero_name=organisation.timezone)
    rule = due_rule_for(preferences=kept.preferences, organisation_terms=read.reference.sales_terms, contact_terms=None)
    link = _link(core, person=person, organisation=organisation, customer_key=prepared.customer_key)
    form = InvoiceForm(
        intent_key="",
        organisation_name=organisation.name,
        customer=customer,
        contact_id=link.contact_id if link else "",
        contact_name=link.contact_name if link else "",
        currency=read.currency,
        treatment=draft.treatment,
        lines=_with_items(core, person=person, organisation=organisation, lines=draft.lines),
        issue_date=today,
        due_date=due_date(issue_date=today, rule=rule),
        due_rule=rule,
        reference=render_reference(
            deal=source.deal, person=source.person, org=source.organization, preferences=mapping
        ),
        choices=_choices(person=person, reference=read.reference, defaults=kept.defaults, table=table),
        notes=notes,
        problem=read.problem,
        half_written=kept.half_written,
    )
    return Preview(form=form, prepared=prepared)


def _read(core: Core, *, person: Person, deal_id: int, organisation: ActiveOrganisation) -> _Read:
    reference = get_reference(core, organisation=organisation)
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)
    source = pull_deal_source(core, person=person, deal_id=deal_id)
    problem, currency = _currency(source=source, reference=reference)
    if problem is ErrorCode.CURRENCY_NOT_ENABLED:
        reference = get_reference(core, organisation=organisation, lasting=JUST_NOW)
        problem, currency = _currency(source=source, reference=reference)
    return _Read(reference=reference, source=source, currency=currency, problem=problem)


def _kept(core: Core, *, person: Person, deal_id: int, organisation: ActiveOrganisation) -> _Kept:
    with core.database.reading() as session:
        chosen = get_preferences(session.get_one(Company, person.company_id).preferences)
        fields = read_company_fields(session, company_id=person.company_id)
        return _Kept(
            preferences=usable(preferences=chosen, fields=fields),
            defaults=get_defaults(session, company_id=person.company_id, organisation_id=organisation.organisation_id),
            half_written=find_half_written(
                session, person=person, deal_id=deal_id, organisation_id=organisation.organisation_id
            ),
        )


def _currency(*, source: DealSource, reference: Reference) -> tuple[ErrorCode | None, str]:
    try:
        currency = invoice_currency(deal=source.deal, products=source.products)
    except Anticipated as err:
        return err.code, source.deal.currency
    return (None if currency in reference.currencies else ErrorCode.CURRENCY_NOT_ENABLED), currency


def _draft(*, source: DealSource, table: Mapping[Decimal, TaxChoice], defaults: Defaults) -> LinesDraft:
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


def _intent(core: Core, *, person: Person, deal_id: int, organisation: ActiveOrganisation, opening: Opening) -> Intent:
    return Intent(
        intent_id=opening.intent_id,
        company_id=person.company_id,
        user_id=person.user_id,
        deal_id=deal_id,
        organisation_id=organisation.organisation_id,
        state="prepared",
        created_at=core.now(),
        rule=opening.rule,
    )


def _link(core: Core, *, person: Person, organisation: ActiveOrganisation, customer_key: str) -> ContactLink | None:
    """Find the contact that is remembered."""
    with core.database.reading() as session:
        return session.get(ContactLink, (person.company_id, organisation.organisation_id, customer_key))


def _open(core: Core, *, intent: Intent, prepared: Prepared) -> None:
    """Write down whom this window, or a rule's invoice, is for."""
    intent.prepared = to_stored(prepared)
    with core.database.writing() as session:
        known = session.get(Intent, intent.intent_id, with_for_update=True) if intent.rule else None
        if known is None:
            session.add(intent)
        elif known.state in MAY_BE_SENT:
            # Another user may act for the company since it was tried.
            known.user_id, known.organisation_id = intent.user_id, intent.organisation_id
            known.prepared, known.state = intent.prepared, intent.state
        else:
            raise Anticipated(ErrorCode.IN_PROGRESS)


def _with_items(
    core: Core, *, person: Person, organisation: ActiveOrganisation, lines: Sequence[DraftLine]
) -> tuple[FormLine, ...]:
    """Give the lines of products whose item is remembered that item, and its account where it has one."""
    with core.database.reading() as session:
        links = _links(session, person=person, organisation=organisation, lines=lines)
    by_id = {item.item_id: item for item in get_items(core, organisation=organisation)} if links else {}
    return tuple(_with_item(line, item=by_id.get(links.get(line.product, ""))) for line in lines)


def _links(
    session: Session, *, person: Person, organisation: ActiveOrganisation, lines: Sequence[DraftLine]
) -> Mapping[str, str]:
    products = [line.product for line in lines if line.product]
    return linked_items(
        session, company_id=person.company_id, organisation_id=organisation.organisation_id, products=products
    )


def _with_item(line: DraftLine, *, item: Item | None) -> FormLine:
    if item is None:
        return FormLine(line)
    account = item.account_code or line.account_code
    return FormLine(replace(line, item_code=item.code, account_code=account), item_name=item.name)


def _choices(
    *, person: Person, reference: Reference, defaults: Defaults, table: Mapping[Decimal, TaxChoice]
) -> Choices:
    return Choices(
        reference=reference,
        defaults=defaults,
        tax_types={percent: choice.tax_type for percent, choice in table.items() if choice.tax_type},
        create_as={
            name: why_not(right=right, actions=reference.actions, is_admin=person.is_admin, policy=RightsPolicy())
            for name, right in CREATE_AS.items()
        },
    )
