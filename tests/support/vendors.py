"""Xero seen from outside the app: its bookkeeper's clicks, its books, and what it was asked."""

from decimal import Decimal
from typing import Any

import requests


class Bookkeeper:
    """Somebody who works in Xero itself."""

    def __init__(self, url: str) -> None:
        self.url = url

    def act(self, invoice_id: str, action: str, **body: str) -> None:
        """Approve, submit, pay, unpay, credit, void or delete."""
        requests.post(f"{self.url}/control/invoices/{invoice_id}/{action}", json=body, timeout=10).raise_for_status()

    def invoice(self, invoice_id: str) -> dict[str, Any]:
        """Read an invoice as it stands in the books, amounts exact."""
        answer = requests.get(f"{self.url}/control/invoices/{invoice_id}", timeout=10)
        answer.raise_for_status()
        return dict(answer.json(parse_float=Decimal))

    def invoices(self) -> list[dict[str, Any]]:
        """Read every sales invoice of the first organisation."""
        answer = requests.get(f"{self.url}/control/invoices", timeout=10)
        answer.raise_for_status()
        return list(answer.json(parse_float=Decimal)["invoices"])

    def edit(self, invoice_id: str, **fields: Any) -> None:
        """Change an invoice, in Xero's own words."""
        requests.post(f"{self.url}/control/invoices/{invoice_id}", json=fields, timeout=10).raise_for_status()

    def edit_contact(self, contact_id: str, **fields: Any) -> dict[str, Any]:
        """Change a contact, and read it as it stands then."""
        answer = requests.post(f"{self.url}/control/contacts/{contact_id}", json=fields, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def change_settings(self, **fields: Any) -> None:
        """Change the organisation: its accounts, tax rates, lock date and the like."""
        requests.post(f"{self.url}/control/organisation", json=fields, timeout=10).raise_for_status()

    def allow(self, **limits: int) -> None:
        """Set limits of the API higher or lower than the tier has them."""
        requests.post(f"{self.url}/control/conditions", json={"limits": limits}, timeout=10).raise_for_status()


def allow_bursts(pipedrive_url: str) -> None:
    """Let a token ask Pipedrive more in two seconds than any person sets off: 160 calls are 20 invoices."""
    body = {"burst_requests": 10_000}
    requests.post(f"{pipedrive_url}/control/settings", json=body, timeout=10).raise_for_status()


def faults(url: str, *, method: str, path: str, do: str, times: int = 1, seconds: float = 0) -> None:
    """Ask a vendor to misbehave."""
    body = {"method": method, "path": path, "do": do, "times": times, "seconds": seconds}
    requests.post(f"{url}/control/faults", json=body, timeout=10).raise_for_status()


def forget_faults(url: str) -> None:
    """Have a vendor behave again."""
    requests.delete(f"{url}/control/faults", timeout=10).raise_for_status()


def calls(url: str, *, method: str = "", path: str) -> list[dict[str, Any]]:
    """List the calls that a vendor received, by method (or any) and beginning of the path."""
    answer = requests.get(f"{url}/control/calls", params={"method": method, "path": path}, timeout=60)
    answer.raise_for_status()
    return list(answer.json()["calls"])


def forget_calls(url: str) -> None:
    """Empty a vendor's list of calls."""
    requests.delete(f"{url}/control/calls", timeout=10).raise_for_status()
