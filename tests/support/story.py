"""A person who clicks through the product over plain HTTP: forms and links as a browser would follow them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import mechanicalsoup
import requests
from bs4 import BeautifulSoup

from tests.support.waiting import wait_until

ADMIN, COLLEAGUE, NARROW = 12001, 12002, 12003


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one running stack are."""

    app: str
    pipedrive: str
    xero: str


class Salesperson:
    """One Pipedrive user with one browser."""

    def __init__(self, addresses: Addresses, *, user_id: int = ADMIN) -> None:
        self.at = addresses
        self.user_id = user_id
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

    def frame(self, path: str, *, deal_id: int, token: str | None = None, **more: str) -> requests.Response:
        """Open a page of ours as Pipedrive's frame does."""
        query = {
            "token": token or self.token(),
            "id": "frame-1",
            "resource": "deal",
            "view": "details",
            "selectedIds": str(deal_id),
            "userId": str(self.user_id),
            "companyId": "7741001",
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
        return requests.request(
            method, f"{self.at.app}{path}", params={"deal": deal_id}, headers=headers, timeout=60, **more
        )

    def open_window(self, *, deal_id: int) -> "Window":
        """Open the invoice window and wait for its form."""
        answer = self.fragment("GET", "/invoice/form", deal_id=deal_id)
        return Window(answer)

    def create(self, *, deal_id: int, window: "Window | None" = None, **changes: str) -> requests.Response:
        """Press Create draft in the invoice window."""
        window = window or self.open_window(deal_id=deal_id)
        return self.fragment("POST", "/invoice", deal_id=deal_id, data=window.fields | changes)

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
        return " ".join(BeautifulSoup(answer.text, "html.parser").body.get_text(" ").split())  # type: ignore[union-attr]

    def statuses(self, deal_id: int) -> dict[str, str]:
        """Read each invoice's status in the panel, by the invoice's id."""
        soup = BeautifulSoup(self.frame("/panel", deal_id=deal_id).text, "html.parser")
        return {
            str(item["data-invoice"]): item.select_one(".pill").get_text(strip=True)  # type: ignore[union-attr]
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
    """The form of the invoice window: what a person sees, and the fields that go back."""

    def __init__(self, answer: requests.Response) -> None:
        soup = BeautifulSoup(answer.text, "html.parser")
        self.status = answer.status_code
        self.text = " ".join(soup.get_text(" ").split())
        self.fields = _fields(soup)
        shown = soup.select_one("dl.totals .sum dd")
        self.total = Decimal(re.sub(r"[^0-9.-]", "", shown.get_text())) if shown else None


def _fields(soup: BeautifulSoup) -> dict[str, str]:
    found: dict[str, str] = {}
    for box in soup.select("input,select,textarea"):
        name = box.get("name")
        if not name or (box.get("type") in ("radio", "checkbox") and not box.has_attr("checked")):
            continue
        if box.name == "select":
            option = box.select_one("option[selected]") or box.select_one("option")
            found[str(name)] = str(option.get("value", "")) if option else ""
        else:
            found[str(name)] = str(box.get("value", "")) or box.get_text()
    return found
