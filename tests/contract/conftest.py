"""Both simulators, spoken to in every way, and what was said."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response, request

from tests.contract import deviations, speak_pipedrive, speak_xero, specs, walk_pipedrive, walk_xero
from tests.contract.deviations import Register
from tests.contract.exchanges import Exchange
from tests.contract.judge import Judge, delivery_problems
from tests.contract.record import Record, Ruling
from tests.contract.specs import Specs
from tests.contract.stands import Stand, serve, start
from tests.support.waiting import wait_until


@pytest.fixture(scope="session")
def vendors_specs() -> Specs:
    """Read the vendors' files."""
    try:
        return specs.load()
    except FileNotFoundError as err:
        pytest.skip(f"the vendors' OpenAPI files are not here, see INSTEP_SPECS: {err.filename}")


@pytest.fixture(scope="session")
def register() -> Register:
    """Read our list of where they are wrong."""
    return deviations.load()


@pytest.fixture(scope="session")
def deliveries() -> list[bytes]:
    """Keep the webhooks that the listener hears."""
    return []


@pytest.fixture(scope="session")
def listener(deliveries: list[bytes]) -> str:
    """Serve an address that takes webhooks."""
    app = Flask("listener")

    def hear() -> Response:
        if request.method == "POST":
            deliveries.append(request.get_data())
        return Response(status=200)

    app.add_url_rule("/hooks", view_func=hear, methods=["GET", "POST"])
    return serve(app) + "/hooks"


@pytest.fixture(scope="session")
def pipedrive() -> Iterator[Stand]:
    """Serve the simulated Pipedrive."""
    stand = start("pipedrive")
    yield stand
    stand.app.extensions["pipedrive"].close()


@pytest.fixture(scope="session")
def xero(listener: str) -> Stand:
    """Serve the simulated Xero."""
    return start("xero", webhook_url=listener)


@pytest.fixture(scope="session")
def judge(vendors_specs: Specs, register: Register, pipedrive: Stand, xero: Stand) -> Judge:
    """Give the one who compares."""
    return Judge(vendors_specs, lambda token: {**pipedrive.granted, **xero.granted}.get(token), register.wanted)


@pytest.fixture(scope="session")
def record(judge: Judge, pipedrive: Stand, xero: Stand, listener: str, deliveries: list[bytes]) -> Record:
    """Let the clients and the walks say everything once, and wait for what Xero says of it."""
    with pytest.MonkeyPatch.context() as patch:
        # The app sets it where the vendors are on this machine.
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        _speak(pipedrive, xero, listener)
    said = pipedrive.recorder.take() + xero.recorder.take()
    walk_pipedrive.walk(pipedrive, listener)
    walk_xero.walk(xero)
    walked = pipedrive.recorder.take() + xero.recorder.take()
    parts = (b'"INVOICE"', b'"CONTACT"', b'"events":[]')
    wait_until(lambda: all(part in b"".join(deliveries) for part in parts), seconds=10, what="every kind of delivery")
    heard = [problem for body in list(deliveries) for problem in delivery_problems(judge.specs, body)]
    return Record(_rulings(judge, said), _rulings(judge, walked), heard)


def _speak(pipedrive: Stand, xero: Stand, listener: str) -> None:
    client = speak_pipedrive.client_of(pipedrive, pipedrive.hand_out()["access_token"])
    for ask in speak_pipedrive.VERBS.values():
        ask(client, listener)
    speak_pipedrive.meet_refusals(pipedrive, listener)
    speak_pipedrive.authorise(pipedrive)
    office = speak_xero.office_of(xero, xero.hand_out())
    for act in speak_xero.VERBS.values():
        act(office)
    speak_xero.meet_refusals(xero)
    speak_xero.authorise(xero)


def _rulings(judge: Judge, exchanges: list[Exchange]) -> list[Ruling]:
    return [Ruling(exchange, *judge.problems(exchange)) for exchange in exchanges]
