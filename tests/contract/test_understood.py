"""Whatever the vendors' files let one send is understood by the simulators, and answered as the files say."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.contract import walk_pipedrive, walk_xero
from tests.contract.deviations import Register, told
from tests.contract.exchanges import Recorder
from tests.contract.judge import Judge, declared_properties
from tests.contract.specs import Node, Operation, SpecFile, Specs
from tests.contract.stands import build, unhurry

_FORMATS = {"date": "2026-12-01", "date-time": "2026-12-01T10:00:00Z", "uuid": "00000000-0000-4000-8000-000000000000"}
_KNOWN = {"owner_id": 12001, "user_id": 12001}
# A good text for parameters of which the file says only that they are texts.
_TEXTS = {
    "ids": "1,2",
    "deal_ids": "1,2",
    "updated_since": "2020-01-01T00:00:00Z",
    "updated_until": "2030-01-01T00:00:00Z",
}
_NO_TEXT_FITS = {"cursor", "where", "order"}
_MOST_VALUES = 12  # of a long enum


@dataclass(frozen=True)
class Sender:
    """Sends single properties to a simulator, and hears whether it knows them."""

    vendor: str
    client: FlaskClient
    headers: dict[str, str]
    ids: dict[str, str]

    def send(self, method: str, path: str, body: object) -> TestResponse:
        """Send a body."""
        return self.client.open(path, method=method, json=body, headers=self.headers)

    def body(self, operation: Operation, name: str, value: object) -> object:
        """Put a property into a document that is good without it; Xero's are wrapped."""
        listed = _list_of(operation)
        if self.vendor == "pipedrive" or not listed:
            return {name: value}
        unique = str(uuid.uuid4())[:20]
        good: dict[str, dict[str, object]] = {
            "Invoices": {"Type": "ACCREC", "Contact": {"ContactID": self.ids["Contacts"]}, "LineItems": []},
            "Contacts": {"Name": unique},
            "Items": {"Code": unique},
            "HistoryRecords": {"Details": "Seen"},
        }
        return {listed: [{name: value, **good.get(listed, {})} if name != "Name" else {"Name": unique}]}

    def understood(self, name: str, answer: TestResponse) -> bool:
        """Say whether the property was read, even if a rule then refused it."""
        told = answer.get_json(silent=True) or {}
        if self.vendor == "xero":
            return answer.status_code < 500 and told.get("ErrorNumber") != 17
        complaints = str(told.get("error", "")).removeprefix("Validation failed: ").split("; ")
        own = [text for text in complaints if text.startswith((f"{name}: Parameter", f"{name}: Expected"))]
        return answer.status_code < 500 and not [text for text in own if "is required" not in text]


def _list_of(operation: Operation) -> str:
    properties = declared_properties(operation.file, _schema(operation))
    return next((name for name in properties if name in {"Invoices", "Contacts", "Items", "HistoryRecords"}), "")


def _schema(operation: Operation) -> Node:
    body: Node = (operation.body or {}).get("content", {})
    found: Node = body.get("application/json", {}).get("schema", {})
    return found


def _documents(operation: Operation) -> Node:
    """Give the schema of what is written, out of its wrapper."""
    schema, listed = _schema(operation), _list_of(operation)
    if not listed:
        return schema
    wrapped: Node = declared_properties(operation.file, schema)[listed]
    items: Node = operation.file.follow(wrapped)["items"]
    return items


def _values(file: SpecFile, name: str, schema: Node) -> list[object]:
    schema = file.follow(schema)
    if name in _KNOWN:
        return [_KNOWN[name]]
    if "enum" in schema:
        return list(schema["enum"])[:_MOST_VALUES]
    inner = next((schema[kind][0] for kind in ("allOf", "anyOf", "oneOf") if kind in schema), None)
    return _values(file, name, inner) if inner else [_sample(file, schema)]


def _sample(file: SpecFile, schema: Node) -> object:
    schema, properties = file.follow(schema), declared_properties(file, schema)
    kind = schema.get("type", "object" if properties else "string")
    if kind == "array":
        return [_sample(file, schema.get("items", {}))]
    if kind == "object":
        plain = {name: file.follow(inner) for name, inner in properties.items()}
        return {name: _sample(file, inner) for name, inner in plain.items() if inner.get("type") == "string"}
    simple: dict[str, object] = {"integer": 1, "number": 1, "boolean": True}
    return simple.get(kind, schema.get("enum", [_FORMATS.get(str(schema.get("format")), "x")])[0])


def _routes(sender: Sender, specs: Specs, methods: set[str]) -> Iterator[tuple[str, str, Operation]]:
    for rule in sender.client.application.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & methods):
            if rule.rule.startswith(("/api/v2/", "/v1/", "/api.xro/")):
                path = rule.rule
                for argument in rule.arguments:
                    path = path.replace(f"<int:{argument}>", "1")
                    path = path.replace(f"<{argument}>", sender.ids.get(path.split("/")[3], _FORMATS["uuid"]))
                yield method, path, specs.operations_of(sender.vendor, method, path)[0][0]


def _sender(vendor: str) -> tuple[Sender, Recorder]:
    app = build(vendor)
    recorder = Recorder(vendor, app.wsgi_app)
    app.wsgi_app = recorder  # type: ignore[method-assign]  # how WSGI is wrapped
    client = app.test_client()
    unhurry(vendor, lambda path, fields: client.post(f"/control/{path}", json=fields))
    scope = {"pipedrive": walk_pipedrive.EVERYTHING, "xero": walk_xero.EVERYTHING}[vendor]
    tokens: dict[str, Any] = client.post("/control/tokens", json={"scope": scope}).get_json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"}
    ids: dict[str, str] = {}
    if vendor == "xero":
        headers["xero-tenant-id"] = tokens["tenant_id"]
        for name in ("Contacts", "Items"):
            rows = client.get(f"/api.xro/2.0/{name}", headers=headers).get_json()[name]
            ids[name] = rows[0][f"{name[:-1]}ID"]
    return Sender(vendor, client, headers, ids), recorder


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_every_declared_property_is_understood(
    vendors_specs: Specs, register: Register, judge: Judge, vendor: str
) -> None:
    sender, recorder = _sender(vendor)
    strange = []
    with recorder.meant_wrong():
        for method, path, operation in _routes(sender, vendors_specs, {"POST", "PUT", "PATCH"}):
            for name, schema in declared_properties(operation.file, _documents(operation)).items():
                for value in _values(operation.file, name, schema):
                    answer = sender.send(method, path, sender.body(operation, name, value))
                    strange += [] if sender.understood(name, answer) else [(operation.name, name, value, answer.text)]

    problems = [problem for exchange in recorder.take() for problem in judge.problems(exchange)[1]]

    assert strange == []
    assert not register.unlisted(problems), told(register.unlisted(problems))


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_every_declared_parameter_is_understood(
    vendors_specs: Specs, register: Register, judge: Judge, vendor: str
) -> None:
    sender, recorder = _sender(vendor)
    refused = []
    for _, path, operation in _routes(sender, vendors_specs, {"GET"}):
        for query in _queries(operation):
            answer = sender.client.get(path, query_string=query, headers=sender.headers)
            refused += [] if answer.status_code in (200, 404) else [(operation.name, query, answer.text)]

    problems = [problem for exchange in recorder.take() for problem in judge.problems(exchange)[1]]

    assert refused == []
    assert not register.unlisted(problems), told(register.unlisted(problems))


def _queries(operation: Operation) -> Iterator[dict[str, str]]:
    declared = {name: said for (place, name), said in operation.parameters.items() if place == "query"}
    needed = {name: _text(operation.file, name, said)[0] for name, said in declared.items() if said.get("required")}
    for name, said in declared.items():
        for text in _text(operation.file, name, said) if name not in _NO_TEXT_FITS else []:
            yield {**needed, name: text}


def _text(file: SpecFile, name: str, said: Node) -> list[str]:
    values = [_TEXTS[name]] if name in _TEXTS else _values(file, name, said["schema"])
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [",".join("true" if one is True else str(one) for one in several) for several in lists]
