"""Which scopes open the simulators' routes, and what a call costs, by the files as the list corrects them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from sandbox.pipedrive.app import OPERATIONS
from sandbox.pipedrive.desk import Operation as Route
from tests.contract.deviations import Register
from tests.contract.specs import Operation, Specs
from tests.contract.stands import build, unhurry

_UNKNOWN = "00000000-0000-4000-8000-000000000000"
_INTERFACES = {"pipedrive": ("/api/", "/v1/"), "xero": ("/api.xro/",)}


def _path(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", _UNKNOWN, re.sub(r"<int:[^>]+>", "999999", rule.rule))


def _routes(app: Flask, vendor: str) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.rule.startswith(_INTERFACES[vendor]):
                yield method, _path(rule)


def _pipedrive_refuses(app: Flask, scope: str, method: str, path: str) -> bool:
    client = app.test_client()
    token = client.post("/control/tokens", json={"scope": scope}).get_json()["access_token"]
    answer = client.open(path, method=method, json={}, headers={"Authorization": f"Bearer {token}"})
    return "Scope and URL mismatch" in answer.text


def _xero_refuses(app: Flask, scope: str, method: str, path: str) -> bool:
    client = app.test_client()
    app.extensions["sandbox.xero"].tokens.reset()  # a user's scopes add up otherwise
    tokens = client.post("/control/tokens", json={"scope": scope}).get_json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tokens["tenant_id"]}
    answer = client.open(path, method=method, json={}, headers=headers)
    return "insufficient_scope" in answer.headers.get("WWW-Authenticate", "")


_REFUSES: dict[str, Callable[[Flask, str, str, str], bool]] = {
    "pipedrive": _pipedrive_refuses,
    "xero": _xero_refuses,
}


def _known(operation: Operation, register: Register) -> frozenset[str]:
    schemes: dict[str, Any] = operation.file.content["components"]["securitySchemes"]
    flow = next(one for name, one in schemes.items() if name.lower() == "oauth2")["flows"]["authorizationCode"]
    return frozenset(flow["scopes"]) | {one.real for one in register.scopes if one.file == operation.file.name}


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_the_right_scopes_open_each_route_and_no_others(vendors_specs: Specs, register: Register, vendor: str) -> None:
    app = build(vendor)
    unhurry(vendor, lambda path, fields: app.test_client().post(f"/control/{path}", json=fields))
    wrong = []
    for method, path in _routes(app, vendor):
        operation, _ = vendors_specs.operations_of(vendor, method, path)[0]
        wanted = register.wanted(operation)
        others = " ".join(sorted(_known(operation, register) - wanted))
        wrong += [(method, path, one) for one in sorted(wanted) if _REFUSES[vendor](app, one, method, path)]
        wrong += [] if _REFUSES[vendor](app, others, method, path) else [(method, path, "opened by others")]
        assert wanted

    assert wrong == []


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: f"{route.method} {route.path}")
def test_each_call_to_the_simulated_pipedrive_costs_what_the_file_says(vendors_specs: Specs, route: Route) -> None:
    operation, _ = vendors_specs.operations_of("pipedrive", route.method, re.sub(r"<[^>]+>", "1", route.path))[0]

    assert operation.details is not None
    assert route.cost == operation.details["x-token-cost"]
    assert operation.answer(route.status) is not None
