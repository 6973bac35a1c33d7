"""Many companies at once, each with one admin and one Xero organisation of its own, and invoices on their deals."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests
from sqlalchemy import select, update

from sync.store.database import Database
from sync.store.models import accounts
from sync.store.models import invoices as rows
from tests.support.stack import Stack

TOTAL = Decimal("300.00")
_LINE = {"Description": "Design", "Quantity": "1", "UnitAmount": str(TOTAL), "AccountCode": "200"}
_THREADS = 4
_SLICE = 500


@dataclass(frozen=True)
class Member:
    """A company, its admin, and the organisation that its books are in."""

    company_id: int
    user_id: int
    tenant_id: str
    bookkeeper: str


@dataclass(frozen=True)
class Hung:
    """An invoice that hangs on a deal, alone."""

    member: Member
    deal_id: int
    invoice_id: str


def gather(stack: Stack, *, count: int) -> list[Member]:
    """Have so many companies install the app and connect an organisation, each through both vendors' consent pages."""
    _post(stack.xero_url, "/control/conditions", {"tier": "advanced"})
    companies = _post(stack.pipedrive_url, "/control/companies", {"count": count})["companies"]
    organisations = _post(stack.xero_url, "/control/organisations", {"count": count})["organisations"]
    members = [
        Member(company["company_id"], company["user_id"], books["tenantId"], books["user"])
        for company, books in zip(companies, organisations, strict=True)
    ]
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda member: _join(stack, member), members))
    return members


def _join(stack: Stack, member: Member) -> None:
    """Install and connect as a person does, without looking at the pages between."""
    browser = requests.Session()
    consent = browser.get(f"{stack.app_url}/pipedrive/install", allow_redirects=False).headers["Location"]
    answer = browser.post(consent, data={"decision": "allow", "user_id": member.user_id}, allow_redirects=False)
    browser.get(answer.headers["Location"], allow_redirects=False).raise_for_status()
    asked = browser.post(f"{stack.app_url}/xero/connect", headers={"Origin": stack.app_url}, allow_redirects=False)
    choice = {"decision": "allow", "user": member.bookkeeper, "organisation": member.tenant_id}
    answer = browser.post(asked.headers["Location"], data=choice, allow_redirects=False)
    answer = browser.get(answer.headers["Location"], allow_redirects=False)
    assert "notice=connected" in answer.headers["Location"], answer.headers["Location"]


def hang_invoices(stack: Stack, members: Iterable[Member], *, each: int, status: str = "AUTHORISED") -> list[Hung]:
    """Make invoices in Xero and deals in Pipedrive, and hang one on the other in the store, as if it had long been so.

    Nothing is written on the deals until something changes.
    """
    hung = []
    database = Database(url=stack.database_url)
    for member in members:
        path = f"/control/deals?company_id={member.company_id}"
        deals = _post(stack.pipedrive_url, path, {"title": "A deal of many", "count": each})["ids"]
        invoice = {"Contact": {"Name": "Everybody Ltd"}, "LineAmountTypes": "NoTax", "LineItems": [_LINE]}
        invoice |= {"DueDate": "2027-01-31", "Status": status}
        body = {"organisation": member.tenant_id, "Invoices": [invoice] * each}
        invoices = _post(stack.xero_url, "/control/invoices", body)["Invoices"]
        _keep(database, member, deals=deals, invoices=invoices)
        hung += [Hung(member, deal, invoice["InvoiceID"]) for deal, invoice in zip(deals, invoices, strict=True)]
    database.close()
    return hung


def _keep(database: Database, member: Member, *, deals: Sequence[int], invoices: Sequence[dict[str, Any]]) -> None:
    now = datetime.now(UTC)
    with database.writing() as session:
        organisation_id = session.scalars(
            select(accounts.Organisation.organisation_id).where(accounts.Organisation.tenant_id == member.tenant_id)
        ).one()
        for deal_id, invoice in zip(deals, invoices, strict=True):
            session.add(_deal(member, deal_id, now))
            session.add(_record(organisation_id, invoice, now))
        session.flush()
        for deal_id, invoice in zip(deals, invoices, strict=True):
            session.add(
                rows.DealInvoice(
                    company_id=member.company_id,
                    organisation_id=organisation_id,
                    invoice_id=invoice["InvoiceID"],
                    deal_id=deal_id,
                    linked_at=now,
                )
            )


def _deal(member: Member, deal_id: int, now: datetime) -> rows.DealRow:
    return rows.DealRow(
        company_id=member.company_id,
        deal_id=deal_id,
        title="A deal of many",
        currency="EUR",
        owner_id=member.user_id,
        status="open",
        updated_at=now,
        fetched_at=now,
    )


def _record(organisation_id: str, invoice: dict[str, Any], now: datetime) -> rows.InvoiceRecord:
    nothing, total = Decimal(0), Decimal(str(invoice["Total"]))
    at = datetime.fromtimestamp(int(invoice["UpdatedDateUTC"][6:-7]) / 1000, UTC)
    return rows.InvoiceRecord(
        organisation_id=organisation_id,
        invoice_id=invoice["InvoiceID"],
        number=invoice["InvoiceNumber"],
        status=invoice["Status"],
        contact_id=invoice["Contact"]["ContactID"],
        contact_name=invoice["Contact"]["Name"],
        currency=invoice["CurrencyCode"],
        sub_total=total,
        total_tax=nothing,
        total=total,
        amount_due=total,
        amount_paid=nothing,
        amount_credited=nothing,
        issue_date=None,
        due_date=None,
        reference="",
        url="",
        sent_to_contact=False,
        updated_at=at,
        fetched_at=now,
    )


def write_all_deals(stack: Stack) -> None:
    """Have the fields of every deal written, as after an installation."""
    database = Database(url=stack.database_url)
    with database.writing() as session:
        session.execute(update(rows.DealRow).values(due_at=datetime.now(UTC)))
    database.close()


def read_deals(stack: Stack, member: Member) -> dict[str, Any]:
    """Read a company's `deals` with the values of their custom fields by name, and the fields' `codes`."""
    query = {"company_id": member.company_id}
    answer = requests.get(f"{stack.pipedrive_url}/control/deals", params=query, timeout=30)
    answer.raise_for_status()
    return dict(answer.json())


def invoices_in(stack: Stack, member: Member) -> dict[str, dict[str, Any]]:
    """Read all invoices of a member's organisation, by id."""
    query = {"organisation": member.tenant_id}
    answer = requests.get(f"{stack.xero_url}/control/invoices", params=query, timeout=30)
    answer.raise_for_status()
    return {one["InvoiceID"]: one for one in answer.json(parse_float=Decimal)["invoices"]}


def _post(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = requests.post(f"{url}{path}", json=body, timeout=60)
    assert answer.ok, answer.text
    return dict(answer.json())
