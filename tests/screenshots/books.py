"""Invoices in every state, for scenes that show them."""

from datetime import UTC, datetime, timedelta

from bs4 import BeautifulSoup

from tests.screenshots.stage import Stage
from tests.support.waiting import wait_until

#: What somebody does in Xero, and the class of the mark that the panel shows then.
_MARKS = {
    "submit": "pill-submitted",
    "approve": "pill-authorised",
    "pay": "pill-paid",
    "void": "pill-voided",
    "delete": "pill-deleted",
}


def draft(stage: Stage, deal: int) -> str:
    """Make another draft of a deal, and give its id."""
    stage.person.create(deal_id=deal).raise_for_status()
    made: str = stage.bookkeeper.invoices()[-1]["InvoiceID"]
    return made


def invoice(stage: Stage, deal: int, *deeds: str) -> str:
    """Make another invoice of a deal, do things to it in Xero, and wait until the panel shows the last of them."""
    invoice_id = draft(stage, deal)
    for deed in deeds:
        stage.bookkeeper.act(invoice_id, deed)
    if deeds:
        wait_for(stage, deal, invoice_id, _MARKS[deeds[-1]])
    return invoice_id


def part_paid(stage: Stage, deal: int, *, paid: str) -> str:
    """Make an invoice of which a part is paid."""
    invoice_id = invoice(stage, deal, "approve")
    stage.bookkeeper.act(invoice_id, "pay", amount=paid)
    wait_for(stage, deal, invoice_id, "part-paid")
    return invoice_id


def overdue(stage: Stage, deal: int, *, days: int) -> str:
    """Make an invoice that should have been paid by now."""
    invoice_id = draft(stage, deal)
    due = datetime.now(UTC).date() - timedelta(days=days)
    issued = due - timedelta(days=14)
    stage.xero(f"invoices/{invoice_id}", Date=issued.isoformat(), DueDate=due.isoformat())
    stage.bookkeeper.act(invoice_id, "approve")
    wait_for(stage, deal, invoice_id, "pill-overdue")
    return invoice_id


def wait_for(stage: Stage, deal: int, invoice_id: str, mark: str) -> None:
    """Wait until the panel's row of an invoice bears a mark."""

    def bears() -> bool:
        page = BeautifulSoup(stage.person.frame("/panel", deal_id=deal).text, "html.parser")
        return page.select_one(f"#invoice-{invoice_id} .{mark}") is not None

    wait_until(bears, seconds=15, what=f"the panel of deal {deal} shows {mark}")


def stopped_by_a_rule(stage: Stage) -> int:
    """Give a deal at which a rule has stopped; the rule stays on, because what it left ends with it."""
    deal = stage.deal("Sans client", org_id=None, person_id=None)
    stage.once("stopped rule", lambda: _stop(stage, deal))
    return deal


def _stop(stage: Stage, deal: int) -> None:
    stage.person.panel(deal)
    stage.person.switch_rules(won_does="draft").raise_for_status()
    stage.person.edit_deal(deal, status="won")
    said = stage.say("The deal has no customer")
    wait_until(lambda: said in stage.person.panel(deal), seconds=15, what="the rule has stopped")
