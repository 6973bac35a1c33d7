"""Every answer against the vendor's OpenAPI file, where that file is at hand (it is not ours to publish)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.unit.sandbox.xero.caller import SCOPES, Caller

SPECS = Path(__file__).parents[5] / "shared" / "specs"
pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the vendor's OpenAPI files are not beside the checkout")

# Fields that the real answers have and the file's schemas do not name: most of them are in the file's own examples.
UNDECLARED = {
    "": {"Id", "Status", "ProviderName", "DateTimeUTC"},
    "Invoice": {"DateString", "DueDateString"},
    "LineItem": {"ValidationErrors"},
    "HistoryRecord": {"DateUTCString", "ValidationErrors"},
}
READS = (
    "/Accounts", "/BrandingThemes", "/Contacts", "/Currencies", "/Invoices", "/Invoices?page=1", "/Items", "/Organisation",
    "/Invoices?summaryOnly=true", "/Organisation/Actions", "/Payments", "/TaxRates", "/TrackingCategories", "/Users",
)  # fmt: skip


@pytest.fixture(scope="session")
def spec() -> dict[str, Any]:
    text = (SPECS / "xero-accounting.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return loaded


@pytest.fixture
def xero(client: FlaskClient) -> Caller:
    return Caller(client, scope=f"{SCOPES} accounting.payments accounting.settings")


def response_schema(spec: dict[str, Any], path: str, method: str, status: int) -> dict[str, Any]:
    found = spec["paths"][path][method]["responses"][str(status)]
    if "$ref" in found:
        found = spec["components"]["responses"][found["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = found["content"]["application/json"]["schema"]
    return schema


def check(spec: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    root: Resource[Any] = DRAFT4.create_resource(spec)
    whole = {"$ref": f"urn:xero{schema['$ref']}"}
    validator = OAS30Validator(whole, registry=Registry().with_resource("urn:xero", root))

    assert [f"{list(error.path)}: {error.message[:200]}" for error in validator.iter_errors(value)] == []
    assert undeclared(spec, schema, value) == set()


def undeclared(spec: dict[str, Any], schema: dict[str, Any], value: object, *, top: bool = True) -> set[str]:
    """This will name the fields of an answer that its schema does not have."""
    name = schema.get("$ref", "").rpartition("/")[2]
    resolved = spec["components"]["schemas"][name] if name else schema
    if isinstance(value, list):
        return {found for one in value for found in undeclared(spec, resolved.get("items", {}), one, top=False)}
    if not isinstance(value, dict):
        return set()
    known = resolved.get("properties", {})
    extra = value.keys() - known.keys() - UNDECLARED.get("" if top else name, set())
    inside = {
        found for key in known.keys() & value.keys() for found in undeclared(spec, known[key], value[key], top=False)
    }
    return {f"{name}.{key}" for key in extra} | inside


@pytest.mark.parametrize("path", READS)
def test_reading(spec: dict[str, Any], xero: Caller, path: str) -> None:
    invoice = xero.made(Status="AUTHORISED", CurrencyCode="USD", Url="http://localhost:8400/i/1")
    xero.act(invoice, "pay", amount=3)

    answer = xero.call("GET", path)

    assert answer.status_code == 200
    check(spec, response_schema(spec, path.partition("?")[0], "get", 200), answer.json)


def test_writing(spec: dict[str, Any], xero: Caller) -> None:
    body = xero.draft(LineItems=[{"ItemCode": "PRINT", "Quantity": 3, "DiscountRate": 5}, {"Description": "Words"}])
    made = xero.call("PUT", "/Invoices?unitdp=4", json={"Invoices": [body]})
    path = f"/Invoices/{(made.json or {})['Invoices'][0]['InvoiceID']}"

    check(spec, response_schema(spec, "/Invoices", "put", 200), made.json)
    approved = xero.call("POST", path, json={"Status": "AUTHORISED", "LineItems": body["LineItems"][1:]})
    check(spec, response_schema(spec, "/Invoices/{InvoiceID}", "post", 200), approved.json)
    online = xero.call("GET", f"{path}/OnlineInvoice").json
    check(spec, response_schema(spec, "/Invoices/{InvoiceID}/OnlineInvoice", "get", 200), online)
    note = xero.call("PUT", f"{path}/History", json={"HistoryRecords": [{"Details": "n"}]}).json
    check(spec, response_schema(spec, "/Invoices/{InvoiceID}/History", "put", 200), note)
    history = xero.call("GET", f"{path}/History").json
    check(spec, response_schema(spec, "/Invoices/{InvoiceID}/History", "get", 200), history)
    contact = xero.call("PUT", "/Contacts", json={"Name": "Kestrel"}).json
    check(spec, response_schema(spec, "/Contacts", "put", 200), contact)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/Invoices", {"CurrencyCode": "GBP"}),
        ("/Invoices", {"LineItems": [{"Description": "x", "AccountCode": "999"}]}),
        ("/Invoices", {"Contact": {"Name": "Newcomer", "EmailAddress": "x"}}),
        ("/Contacts", {"Name": "Harbour Lane Dental"}),
    ],
)
def test_refusals(spec: dict[str, Any], xero: Caller, path: str, fields: dict[str, Any]) -> None:
    body = xero.draft(**fields) if path == "/Invoices" else fields

    answer = xero.call("PUT", path, json=body)

    assert answer.status_code == 400
    root = spec["components"]["schemas"]["Error"]["properties"]
    assert {key for key in (answer.json or {}) if key not in root} == set()


def test_payments(spec: dict[str, Any], xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")
    body = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 5}

    made = xero.call("PUT", "/Payments", json=body)

    check(spec, response_schema(spec, "/Payments", "put", 200), made.json)
    path = f"/Payments/{(made.json or {})['Payments'][0]['PaymentID']}"
    gone = xero.call("POST", path, json={"Status": "DELETED"})
    check(spec, response_schema(spec, "/Payments/{PaymentID}", "post", 200), gone.json)


def test_connections_and_tokens(xero: Caller) -> None:
    text = (SPECS / "xero-identity.yaml").read_text(encoding="utf-8")
    identity = yaml.safe_load(text)

    [row] = xero.client.get("/connections", headers=xero.headers).json or []

    assert row.keys() == identity["components"]["schemas"]["Connection"]["properties"].keys()
    assert identity["components"]["schemas"]["AccessToken"]["properties"].keys() <= xero.tokens.keys()
