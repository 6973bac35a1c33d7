"""What we send and what the simulators answer, against the vendors' own files."""

import inspect
from types import FunctionType

import pytest

from sync.clients.pipedrive.client import PipedriveClient
from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.xero.client import XeroClient
from sync.clients.xero.connections import XeroConnections
from sync.clients.xero.oauth import XeroOAuth
from tests.contract import speak_pipedrive, speak_xero
from tests.contract.deviations import Register, told
from tests.contract.judge import LONGEST_KEY
from tests.contract.record import Record
from tests.contract.stands import Stand

_INTERFACES = ("/api/", "/api.xro/", "/v1/", "/connections", "/Connections", "/connect/", "/oauth/")


def _verbs(client: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(client, inspect.isfunction) if not name.startswith("_")}


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_every_request_of_our_clients_fits(record: Record, register: Register, vendor: str) -> None:
    said = [ruling for ruling in record.clients if ruling.exchange.vendor == vendor]

    unlisted = register.unlisted(record.of(said, "request", "operation"))

    assert said
    assert not unlisted, told(unlisted)


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_every_answer_of_the_simulators_fits(record: Record, register: Register, vendor: str) -> None:
    said = [ruling for ruling in record.clients + record.walks if ruling.exchange.vendor == vendor]

    unlisted = register.unlisted(record.of(said, "answer", "operation"))

    assert said
    assert not unlisted, told(unlisted)


def test_the_walks_ask_as_the_files_say(record: Record, register: Register) -> None:
    unlisted = register.unlisted(record.of(record.walks, "request"))

    assert not unlisted, told(unlisted)


def test_every_webhook_of_the_simulated_xero_fits(record: Record, register: Register) -> None:
    unlisted = register.unlisted(record.heard)

    assert not unlisted, told(unlisted)


def test_no_deviation_is_listed_in_vain(record: Record, register: Register) -> None:
    assert register.unneeded(record.problems) == []
    assert register.unneeded_scopes(record.operations) == []


@pytest.mark.parametrize(
    ("client", "spoken"), [(PipedriveClient, speak_pipedrive.VERBS), (XeroClient, speak_xero.VERBS)]
)
def test_every_verb_of_our_clients_is_spoken(client: type, spoken: dict[str, object]) -> None:
    assert set(spoken) == _verbs(client)


@pytest.mark.parametrize(
    ("client", "spoken"),
    [
        (PipedriveOAuth, speak_pipedrive.authorise),
        (XeroOAuth, speak_xero.authorise),
        (XeroConnections, speak_xero.authorise),
    ],
)
def test_every_verb_of_our_oauth_is_spoken(client: type, spoken: FunctionType) -> None:
    assert _verbs(client) <= set(spoken.__code__.co_names)


def test_every_write_of_ours_to_xero_may_be_repeated(record: Record) -> None:
    writes = [
        ruling.exchange for ruling in record.clients if ("header", "idempotency-key") in ruling.operation.parameters
    ]

    assert {write.path.split("/")[3] for write in writes} == {"Invoices", "Contacts"}
    assert all(0 < len(write.headers.get("idempotency-key", "")) <= LONGEST_KEY for write in writes)


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_every_route_of_the_simulators_is_walked(record: Record, request: pytest.FixtureRequest, vendor: str) -> None:
    stand: Stand = request.getfixturevalue(vendor)
    routes = stand.app.url_map.bind("")
    walked = {
        (ruling.exchange.method, _one_way(str(routes.match(ruling.exchange.path, ruling.exchange.method)[0])))
        for ruling in record.clients + record.walks
        if ruling.exchange.vendor == vendor and ruling.exchange.status < 300
    }
    there = {
        (method, _one_way(str(rule.endpoint)))
        for rule in stand.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(_INTERFACES) and not rule.rule.endswith("/authorize")
    }

    assert there <= walked, f"never answered well: {sorted(there - walked)}"


def _one_way(endpoint: str) -> str:
    """Take the two addresses of API v1, and the two letter cases of Xero's connections, for one."""
    return endpoint.replace("/api/v1/", "/v1/").replace("/Connections", "/connections")


def test_tokens_of_the_simulated_xero_fit(record: Record) -> None:
    answered = [one for one in record.clients if one.exchange.path == "/connect/token" and one.exchange.status == 200]

    for ruling in answered:
        file = ruling.operation.file
        schema = file.content["components"]["schemas"]["AccessToken"]
        assert list(file.errors(schema, ruling.exchange.answer_json, sent=False)) == []
    assert answered
