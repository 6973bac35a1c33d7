"""A client of the simulated Xero that has consented already."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

REDIRECT = "http://localhost:8400/xero/callback"
SCOPES = "openid profile email offline_access accounting.invoices accounting.contacts accounting.settings.read"
CONSENT = {"response_type": "code", "client_id": "an-app", "redirect_uri": REDIRECT, "state": "s1", "scope": SCOPES}
BASE = "/api.xro/2.0"


class Caller:
    """This will call the accounting API as the first seeded user."""

    def __init__(self, client: FlaskClient, **wanted: Any) -> None:
        self.client = client
        self.tokens = client.post("/control/tokens", json=wanted).json or {}
        self.headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "xero-tenant-id": self.tokens["tenant_id"],
            "Accept": "application/json",
        }
        client.post("/control/conditions", json={"limits": {"minute": 10_000}})

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """This will call a path below the API's base."""
        return self.client.open(f"{BASE}{path}", method=method, headers={**self.headers, **(headers or {})}, **more)

    def rows(self, path: str, **more: Any) -> list[dict[str, Any]]:
        """This will read a list."""
        answer = self.call("GET", path, **more)
        assert answer.status_code == 200, answer.text
        name = path.split("?")[0].split("/")[1]
        found: list[dict[str, Any]] = (answer.json or {})[name]
        return found

    def contact(self, name: str = "Harbour Lane Dental") -> dict[str, Any]:
        """This will give the reference to a seeded contact."""
        rows = self.rows("/Contacts?includeArchived=true")
        return {"ContactID": next(row["ContactID"] for row in rows if row["Name"] == name)}

    def draft(self, **more: Any) -> dict[str, Any]:
        """This will give the body of an invoice that may become anything."""
        line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
        body = {"Type": "ACCREC", "Contact": self.contact(), "DueDate": "2027-01-31", "LineItems": [line]}
        return {**body, **more}

    def put(self, **more: Any) -> TestResponse:
        """This will create an invoice and give the answer."""
        return self.call("PUT", "/Invoices", json={"Invoices": [self.draft(**more)]})

    def made(self, **more: Any) -> dict[str, Any]:
        """This will create an invoice and give it."""
        return only(self.put(**more))

    def change(self, invoice: dict[str, Any], **fields: Any) -> TestResponse:
        """This will change an invoice and give the answer."""
        body = {"InvoiceID": invoice["InvoiceID"], **fields}
        return self.call("POST", f"/Invoices/{invoice['InvoiceID']}", json=body)

    def act(self, invoice: dict[str, Any], action: str, **fields: Any) -> TestResponse:
        """This will do what a person in Xero does."""
        return self.client.post(f"/control/invoices/{invoice['InvoiceID']}/{action}", json=fields)


def only(answer: TestResponse, name: str = "Invoices") -> dict[str, Any]:
    """This will give the one document of an answer."""
    assert answer.status_code == 200, answer.text
    [document] = (answer.json or {})[name]
    found: dict[str, Any] = document
    return found


def messages(answer: TestResponse) -> list[str]:
    """This will give what Xero says is wrong."""
    assert answer.status_code == 400, answer.text
    return [one["Message"] for one in (answer.json or {})["Elements"][0]["ValidationErrors"]]


def allow(client: FlaskClient, query: dict[str, str] | None = None, **form: Any) -> dict[str, str]:
    """This will consent on the page and give what comes back in the address."""
    data = {"decision": "allow", **form}
    answer = client.post("/identity/connect/authorize", query_string=query or CONSENT, data=data)
    assert answer.status_code == 302, answer.text
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
