"""What an invoice would say, from a real deal and preferences that need not be saved yet."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import structlog

from sync.clients.failures import Forbidden, NotFound
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.domain.crm import CrmOrganization, Deal
from sync.domain.crm import Person as CrmPerson
from sync.domain.due import due_date
from sync.domain.mapping import Customer, customer_of, render_reference
from sync.domain.timezones import local_day
from sync.errors import ErrorCode, InstepError
from sync.operations.company_fields import find_company_fields, problem_of, usable
from sync.operations.identity import Person
from sync.operations.meanwhile import ask_meanwhile
from sync.operations.preference_choices import Offers, find_choices
from sync.operations.preferences import Preferences, due_rule_for

log = structlog.get_logger()

_RECENT, _MOST_PRODUCTS = 5, 100


@dataclass(frozen=True)
class Sample:
    """A deal with those whom it is with."""

    deal: Deal
    person: CrmPerson | None
    org: CrmOrganization | None


@dataclass(frozen=True)
class RecentDeals:
    """The deals that changed last, the tax percentages on their and on other recent products, and the one to show."""

    deals: tuple[tuple[int, str], ...] = ()
    percents: tuple[Decimal, ...] = ()
    sample: Sample | None = None
    problem: ErrorCode | None = None


@dataclass(frozen=True)
class Example:
    """What the invoice of a deal would say; `problem` is why Pipedrive could not be asked, and then it says nothing."""

    deal_id: int | None = None
    customer: Customer | None = None
    reference: str = ""
    issue_date: date | None = None
    due_date: date | None = None
    problem: ErrorCode | None = None


def recent_deals(core: Core, *, person: Person, deal_id: int | None) -> RecentDeals:
    """Look for examples as this person sees them, `deal_id` among them where it is given.

    :raises Anticipated: INSTALL_LAPSED.
    """
    try:
        return _recent(client_for(core, company_id=person.company_id, user_id=person.user_id), deal_id=deal_id)
    except InstepError as err:
        log.warning("no_example", company_id=person.company_id, reason=str(err))
        return RecentDeals(problem=problem_of(err))


def show_example(core: Core, *, person: Person, preferences: Preferences, deal_id: int | None) -> Example:
    """Fill the example from one deal, by preferences as they are being typed.

    :raises Anticipated: INSTALL_LAPSED.
    """
    choices = find_choices(core, person=person)
    preferences = usable(preferences=preferences, fields=find_company_fields(core, company_id=person.company_id))
    if deal_id is None:
        return Example()
    try:
        client = client_for(core, company_id=person.company_id, user_id=person.user_id)
        sample = _sample(client, deal=client.get_deal(deal_id=deal_id))
    except InstepError as err:
        log.warning("no_example", company_id=person.company_id, reason=str(err))
        return Example(problem=problem_of(err))
    return example_of(core, sample=sample, preferences=preferences, choices=choices)


def example_of(core: Core, *, sample: Sample | None, preferences: Preferences, choices: Offers) -> Example:
    """Fill the example from a deal that is known already."""
    if sample is None:
        return Example()
    deal, contact, org = sample.deal, sample.person, sample.org
    issued = local_day(now=core.now(), xero_name=choices.timezone)
    rule = due_rule_for(preferences=preferences, organisation_terms=choices.sales_terms, contact_terms=None)
    return Example(
        deal_id=deal.deal_id,
        customer=customer_of(deal=deal, person=contact, org=org, preferences=preferences.mapping),
        reference=render_reference(deal=deal, person=contact, org=org, preferences=preferences.mapping),
        issue_date=issued,
        due_date=due_date(issue_date=issued, rule=rule),
    )


def _recent(client: PipedriveClient, *, deal_id: int | None) -> RecentDeals:
    deals = client.recent_deals(limit=_RECENT)
    if deal_id is not None and deal_id not in {deal.deal_id for deal in deals}:
        deals = (client.get_deal(deal_id=deal_id), *deals[: _RECENT - 1])
    if not deals:
        return RecentDeals()
    shown = next((deal for deal in deals if deal.deal_id == deal_id), deals[0])
    with ThreadPoolExecutor(max_workers=2) as pool:
        products = ask_meanwhile(
            pool=pool, ask=lambda: client.get_products_of(deal_ids=[deal.deal_id for deal in deals])
        )
        taxes = ask_meanwhile(pool=pool, ask=lambda: client.recent_taxes(limit=_MOST_PRODUCTS))
        sample = _sample(client, deal=shown)
        percents = {product.tax for product in products.result()} | taxes.result()
    return RecentDeals(
        deals=tuple((deal.deal_id, deal.title) for deal in deals), percents=tuple(sorted(percents)), sample=sample
    )


def _sample(client: PipedriveClient, *, deal: Deal) -> Sample:
    with ThreadPoolExecutor(max_workers=1) as pool:
        person = ask_meanwhile(pool=pool, ask=lambda: _person(client, person_id=deal.person_id))
        org = _organization(client, org_id=deal.org_id)
        return Sample(deal=deal, person=person.result(), org=org)


def _person(client: PipedriveClient, *, person_id: int | None) -> CrmPerson | None:
    """Find the deal's person; one whom this user may not see leaves the example without them."""
    if person_id is None:
        return None
    try:
        return client.get_person(person_id=person_id)
    except (Forbidden, NotFound):
        return None


def _organization(client: PipedriveClient, *, org_id: int | None) -> CrmOrganization | None:
    if org_id is None:
        return None
    try:
        return client.get_organization(org_id=org_id)
    except (Forbidden, NotFound):
        return None
