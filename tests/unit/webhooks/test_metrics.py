"""Figures for whoever has the token, and for nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from sync.governor.limits import Callers
from sync.governor.redis_governor import RedisGovernor
from sync.store.accounts import Organisation
from sync.store.inbox import Event
from tests.unit.fakes.house import COMPANY, ORGANISATION, TENANT, House
from tests.unit.governor.conftest import make, to_pipedrive, to_xero
from tests.unit.webhooks.conftest import receivers_of

LABELS = ("vendor", "source", "kind", "quantile", "state", "reason", "outcome")
TOKEN = "a token for the one who collects"


def collector(house: House, **over: object) -> FlaskClient:
    """An app whose operator has set a token."""
    settings = replace(house.core.settings, metrics_token=TOKEN)
    return receivers_of(replace(house.core, settings=settings, **over))  # type: ignore[arg-type]  # as the test asks


def collected(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """What Prometheus reads, by name and labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, *(sample.labels[name] for name in LABELS if name in sample.labels)): sample.value
        for family in families
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_are_no_figures(house: House) -> None:
    client = receivers_of(house.core)

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer another", f"Basic {TOKEN}", "Bearer ü"])
def test_a_stranger_learns_nothing(house: House, header: str | None) -> None:
    answer = collector(house).get("/metrics", headers={} if header is None else {"Authorization": header})

    assert (answer.status_code, answer.data) == (401, b"")


def test_the_figures_say_how_it_stands(home: House) -> None:
    home.add_events(["i-1", "i-2", "i-3"])
    event = home.all(Event)[0]
    home.set(Event, event.event_id, state="done", worked_at=home.clock() + timedelta(seconds=1))
    home.set(Organisation, ORGANISATION, parked_until=home.clock() + timedelta(hours=1), parked_reason="day")
    home.clock.advance(seconds=5)

    found = collected(collector(home))

    assert found["instep_events", "xero", "pending"] == 2
    assert found["instep_oldest_pending_seconds", "xero"] == 5
    assert found["instep_lag_seconds", "0.95"] == 1
    assert found["instep_parked", "xero", "day"] == 1
    assert found["instep_failures", "event_set_aside"] == 0


def test_calls_of_all_processes_are_counted(house: House, redis_url: str) -> None:
    worker = RedisGovernor(redis_url=redis_url, callers=Callers.BACKGROUND)
    make(worker, to_xero(), x_minlimit_remaining=59)
    make(worker, to_xero(), 500)
    make(worker, to_pipedrive(cost=5), 404)
    with pytest.raises(OSError, match="dropped"), worker.permit(to_pipedrive(cost=10)):
        raise OSError("dropped")

    found = collected(collector(house, governor=RedisGovernor(redis_url=redis_url, callers=Callers.PEOPLE)))

    assert {key: value for key, value in found.items() if key[0].startswith(("instep_calls", "instep_tokens"))} == {
        ("instep_calls_total", "xero", "ok"): 1,
        ("instep_calls_total", "xero", "failed"): 1,
        ("instep_calls_total", "pipedrive", "refused"): 1,
        ("instep_calls_total", "pipedrive", "lost"): 1,
        ("instep_tokens_total",): 15,
    }
    assert found["instep_redis_up",] == 1


def test_without_redis_the_rest_is_told(house: House) -> None:
    away = RedisGovernor(redis_url=house.core.settings.redis_url, callers=Callers.PEOPLE)

    found = collected(collector(house, governor=away))

    assert found["instep_redis_up",] == 0
    assert not any(key[0] == "instep_calls_total" for key in found)


def test_no_tenant_is_named(home: House) -> None:
    home.add_events(["i-1"])
    answer = collector(home).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert not any(name in answer.get_data(as_text=True) for name in (TENANT, str(COMPANY), ORGANISATION, "Maple"))
