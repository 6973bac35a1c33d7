"""A house whose deal is ready to be invoiced by a rule, and the ways in which a rule is set off."""

import itertools
from decimal import Decimal
from typing import Any

from sync.operations.drain_pipedrive import drain_company
from sync.operations.refresh_invoices import refresh_deal
from sync.operations.run_rules import companies_with_due_rules, run_rules
from sync.store.accounts import OrganisationDefaults
from sync.store.invoices import InvoiceRecord
from sync.store.rules import RuleRow, RuleRun
from tests.unit.clients.samples import a_contact, a_product
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, House

STAGE, OTHER_STAGE = 1, 2
#: Just after the rules were switched on.
WON_AT = "2026-11-22T10:42:30Z"
_numbers = itertools.count(1)


def make_ready(home: House) -> House:
    """Give the deal a customer whom Xero knows, a product with an account, and no tax to reckon with."""
    home.keep_tokens_good()
    home.pipedrive.organizations[9] = "Barney Rubble"
    home.pipedrive.change(DEAL, org_id=9, person_id=None)
    home.pipedrive.products[DEAL] = [a_product(currency="NZD", tax=0, tax_method="none", discount=0, item_price=10)]
    home.xero.contacts[CONTACT] = a_contact()
    home.add(
        OrganisationDefaults(
            company_id=COMPANY,
            organisation_id=ORGANISATION,
            account_code="200",
            theme_id="",
            line_amount_types="NoTax",
            create_as="draft",
            tax_table={},
        )
    )
    return home


def switch_on(home: House, kind: str, does: str, stage_id: int | None = None) -> None:
    """Switch a rule on, now."""
    now = home.clock().replace(microsecond=0)
    look_at = now if kind == "overdue" else None
    home.add(RuleRow(company_id=COMPANY, kind=kind, does=does, stage_id=stage_id, by=ADMIN, since=now, look_at=look_at))


def win(home: House, deal_id: int = DEAL, *, at: str = WON_AT) -> None:
    """Somebody marks the deal as won in Pipedrive."""
    home.pipedrive.change(deal_id, status="won", won_time=at)
    tell(home, "change", deal_id, previous={"status": "open"})


def tell(home: House, action: str, deal_id: int = DEAL, *, previous: dict[str, Any] | None = None, **meta: Any) -> None:
    """Pipedrive says what has become of a deal, and it is worked off."""
    standing = {"action": action, "entity": "deal", "company_id": str(COMPANY), "entity_id": str(deal_id)}
    when = {"id": f"event-{next(_numbers)}", "timestamp": "2026-11-22T10:42:31.000Z", "version": "2.0"}
    now = {**home.pipedrive.deals.get(deal_id, {}), "custom_fields": {}} if action != "delete" else None
    home.deliver("pipedrive", {"meta": standing | when | meta, "data": now, "previous": previous})
    drain_company(home.core, company_id=COMPANY)


def work(home: House) -> None:
    """Work off what is due of the rules."""
    for company_id in companies_with_due_rules(home.core):
        run_rules(home.core, company_id=company_id)


def ended(home: House) -> list[tuple[str, str, str | None]]:
    """Each run's rule, state and reason, in the order in which they came."""
    runs = sorted(home.all(RuleRun), key=lambda run: (run.created_at, run.rule, run.cause))
    return [(run.rule, run.state, run.reason) for run in runs]


def owe(home: House) -> str:
    """Hang an approved invoice of 230 on the deal."""
    home.keep_tokens_good()
    sums = {"SubTotal": 200, "TotalTax": 30, "Total": 230, "AmountDue": 230, "AmountPaid": 0, "AmountCredited": 0}
    invoice_id = home.add_invoice(Status="AUTHORISED", InvoiceNumber="INV-1", **sums)
    amounts = {"total": Decimal(230), "amount_due": Decimal(230)}
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="AUTHORISED", **amounts)
    return invoice_id


def the_invoice(home: House, *, but: str = "") -> str:
    """The invoice, or the one that is not the other."""
    [invoice_id] = [one for one in home.xero.invoices if one != but]
    return invoice_id


def pay(home: House, invoice_id: str = "") -> None:
    """Somebody pays in full, and we hear of it."""
    home.xero.change(invoice_id or the_invoice(home), Status="PAID", AmountDue=0, AmountPaid=230)
    refresh_deal(home.core, person=home.person(), deal_id=DEAL)
