"""A person who clicks through the product over plain HTTP: forms and links as a browser would follow them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import mechanicalsoup
import requests
from bs4 import BeautifulSoup

from sync.domain.accounting import DraftLine
from sync.domain.invoice import LineAmountTypes
from sync.domain.totals import totals
from tests.support.waiting import wait_until

_FIGURES = ("quantity", "unit_amount", "discount_rate", "discount_amount")

ADMIN, COLLEAGUE, NARROW = 12001, 12002, 12003
COMPANY = 7741001


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one running stack are."""

    app: str
    pipedrive: str
    xero: str


class Salesperson:
    """One Pipedrive user with one browser."""

    def __init__(self, addresses: Addresses, *, user_id: int = ADMIN, company_id: int = COMPANY) -> None:
        self.at = addresses
        self.user_id, self.company_id = user_id, company_id
        self.browser = mechanicalsoup.StatefulBrowser(raise_on_404=False)
        self.browser.session.post(f"{addresses.pipedrive}/user", data={"user_id": user_id}).raise_for_status()

    def install(self, *, decision: str = "allow") -> requests.Response:
        """Install from the marketplace and answer Pipedrive's consent page."""
        self.browser.open(f"{self.at.app}/pipedrive/install")
        form = self.browser.select_form("form[action='/oauth/authorize']")
        form.set_radio({"user_id": str(self.user_id)})
        return self._press("button", "decision", decision)

    def uninstall(self) -> None:
        """Press Uninstall in the marketplace."""
        self.browser.session.post(f"{self.at.pipedrive}/marketplace/uninstall").raise_for_status()

    def connect_xero(self, *, decision: str = "allow") -> requests.Response:
        """Go from the setup page through Xero's consent page."""
        self.browser.open(f"{self.at.app}/setup")
        self.browser.select_form("form[action='/xero/connect']")
        self.browser.submit_selected()
        return self._consent_in_xero(decision)

    def connect_xero_again(self) -> requests.Response:
        """Consent once more while the connection lives."""
        origin = {"Origin": self.at.app}
        answer = self.browser.session.post(f"{self.at.app}/xero/connect", headers=origin, allow_redirects=False)
        self.browser.open(answer.headers["Location"])
        return self._consent_in_xero("allow")

    def _consent_in_xero(self, decision: str) -> requests.Response:
        form = self.browser.select_form("form[method='post']")
        for box in form.form.select("input[name=organisation]"):
            # Offered as boxes only to an app of a tier that may connect several at once.
            if box["type"] == "checkbox":
                box["checked"] = ""
        return self._press("button", "decision", decision)

    def choose(self, organisation: str) -> requests.Response:
        """Choose one of the organisations that the consent reached."""
        self.browser.open(f"{self.at.app}/setup")
        form = self.browser.select_form("form[action='/setup/organisation']")
        [label] = [label for label in form.form.select("label.choice") if organisation in label.get_text()]
        form.set_radio({"organisation_key": str(label.input["value"])})
        return self._submit()

    def save_preferences(self, **values: str) -> requests.Response:
        """Fill in the preferences and save them."""
        self.browser.open(f"{self.at.app}/setup?change=1")
        form = self.browser.select_form("form[action='/setup/preferences']")
        for name, value in values.items():
            form.set(name, value)
        return self._submit()

    def switch_rules(self, **values: str) -> requests.Response:
        """Choose what the rules do, and save; a rule that is not named stays as it is."""
        self.browser.open(f"{self.at.app}/setup/rules")
        form = self.browser.select_form("form[action='/setup/rules']")
        for name, value in values.items():
            form.set(name, value)
        return self._submit()

    def frame(self, path: str, *, deal_id: int, token: str | None = None, **more: str) -> requests.Response:
        """Open a page of ours as Pipedrive's frame does."""
        query = {
            "token": token or self.token(),
            "id": "frame-1",
            "resource": "deal",
            "view": "details",
            "selectedIds": str(deal_id),
            "userId": str(self.user_id),
            "companyId": str(self.company_id),
            "theme": "light",
        }
        return requests.get(f"{self.at.app}{path}", params=query | more, timeout=30)

    def token(self) -> str:
        """Get a fresh token as the SDK's GET_SIGNED_TOKEN does."""
        answer = self.browser.session.get(f"{self.at.pipedrive}/frames/token")
        answer.raise_for_status()
        return str(answer.json()["token"])

    def fragment(self, method: str, path: str, *, deal_id: int, **more: Any) -> requests.Response:
        """Ask for a part of a page with a bearer token."""
        headers = {"Authorization": f"Bearer {self.token()}", **more.pop("headers", {})}
        params = {"deal": deal_id, **more.pop("params", {})}
        return requests.request(method, f"{self.at.app}{path}", params=params, headers=headers, timeout=60, **more)

    def open_window(self, *, deal_id: int) -> "Window":
        """Open the invoice window and wait until it knows the customer; of several likely contacts take the first."""
        form = self.fragment("GET", "/invoice/form", deal_id=deal_id)
        if not form.ok:
            return Window(form=form, customer=form)
        query = {"intent": form.json()["intent_key"]}
        return Window(form=form, customer=self.fragment("GET", "/invoice/customer", deal_id=deal_id, params=query))

    def create(self, *, deal_id: int, window: "Window | None" = None, **changes: Any) -> requests.Response:
        """Press Create draft in the invoice window."""
        window = window or self.open_window(deal_id=deal_id)
        return self.fragment("POST", "/invoice", deal_id=deal_id, json=window.content | changes)

    def deal(self, deal_id: int) -> dict[str, Any]:
        """Read the deal as Pipedrive's own page shows it."""
        answer = self.browser.session.get(f"{self.at.pipedrive}/deal/{deal_id}/live")
        answer.raise_for_status()
        return dict(answer.json())

    def edit_deal(self, deal_id: int, **values: str) -> None:
        """Change a deal on its page in Pipedrive."""
        self._post(f"/deal/{deal_id}", values)

    def merge_deals(self, deal_id: int, *, into: int) -> None:
        """Merge a deal into another in Pipedrive."""
        self._post(f"/deal/{deal_id}/merge", {"into": str(into)})

    def delete_deal(self, deal_id: int) -> None:
        """Delete a deal in Pipedrive."""
        self._post(f"/deal/{deal_id}/delete", {})

    def _post(self, path: str, values: dict[str, str]) -> None:
        self.browser.session.post(f"{self.at.pipedrive}{path}", data=values).raise_for_status()

    def fields(self, deal_id: int) -> dict[str, str]:
        """Read our fields on the deal by name, as Pipedrive shows them; a field without a value reads `-`."""
        return {one["name"]: one["text"] for one in self.deal(deal_id)["fields"] if one["name"].startswith("Xero")}

    def panel(self, deal_id: int) -> str:
        """Read the words of the panel."""
        answer = self.frame("/panel", deal_id=deal_id)
        return " ".join(BeautifulSoup(answer.text, "html.parser").body.get_text(" ").split())  # type: ignore[union-attr]  # it is there

    def statuses(self, deal_id: int) -> dict[str, str]:
        """Read each invoice's status in the panel, by the invoice's id."""
        soup = BeautifulSoup(self.frame("/panel", deal_id=deal_id).text, "html.parser")
        return {
            str(item["data-invoice"]): item.select_one(".pill").get_text(strip=True)  # type: ignore[union-attr]  # it is there
            for item in soup.select("[data-invoice]")
        }

    def invoice_of(self, deal_id: int) -> str:
        """Wait until the deal links to its invoice in Xero, and give that invoice's id."""
        link = wait_until(
            lambda: self.fields(deal_id).get("Xero invoice link", "-").strip("-"),
            seconds=10,
            what=f"deal {deal_id} links to an invoice",
        )
        return unquote(link).rpartition("InvoiceID=")[2]

    def _press(self, tag: str, name: str, value: str) -> requests.Response:
        button = self.browser.form.form.find(tag, {"name": name, "value": value})
        self.browser.form.choose_submit(button)
        return self._submit()

    def _submit(self) -> requests.Response:
        answer: requests.Response = self.browser.submit_selected()
        return answer


class Window:
    """The invoice window: what a person sees, and what goes back."""

    def __init__(self, *, form: requests.Response, customer: requests.Response) -> None:
        self.status = form.status_code
        self.form: dict[str, Any] = form.json()
        self.customer: dict[str, Any] = customer.json()

    @property
    def contact_id(self) -> str:
        """The contact that a person would take."""
        offered = [one["contact_id"] for one in self.customer["candidates"]]
        return str(self.customer["contact_id"] or next(iter(offered), ""))

    @property
    def total(self) -> Decimal:
        """The total at the foot, by Xero's rules."""
        percents = {rate["value"]: Decimal(rate["percent"]) for rate in self.form["rates"]}
        lines = [_draft_line(line, percents=percents) for line in self.form["lines"]]
        return totals(lines=lines, treatment=LineAmountTypes(self.form["treatment"])).total

    @property
    def content(self) -> dict[str, Any]:
        """All that is sent when nothing is changed."""
        same = ("intent_key", "treatment", "currency", "theme_id", "issue_date", "due_date", "reference", "lines")
        return {name: self.form[name] for name in same} | {
            "contact_id": self.contact_id,
            "new_contact": not self.contact_id,
            "create_as": self.form["create_as"]["value"],
            "seen_total": str(self.total),
        }


def _draft_line(line: dict[str, Any], *, percents: dict[str, Decimal]) -> DraftLine:
    figures = (None if line[name] is None else Decimal(line[name]) for name in _FIGURES)
    quantity, unit_amount, discount_rate, discount_amount = figures
    percent = percents.get(line["tax_type"], Decimal(0))
    return DraftLine(line["description"], quantity, unit_amount, discount_rate, discount_amount, tax_percent=percent)
