"""Many organisations, many changes, and what counts them."""

import time
from typing import Any

from flask.testing import FlaskClient

from sandbox.xero.noise import Noise
from tests.support.waiting import wait_until
from tests.unit.sandbox.xero.caller import CONSENT, Caller, allow, only


def add(client: FlaskClient, count: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = (client.post("/control/organisations", json={"count": count}).json or {})[
        "organisations"
    ]
    return made


def progress(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/control/changes").json or {})


def test_an_organisation_more_has_one_person_and_books_of_its_own(client: FlaskClient) -> None:
    [books] = add(client, 1)
    xero = Caller(client, organisation=books["name"], user=books["user"])

    made = only(xero.call("PUT", "/Invoices", json={"Type": "ACCREC", "Contact": {"Name": "Somebody"}}))

    assert [row["InvoiceID"] for row in xero.rows("/Invoices")] == [made["InvoiceID"]]
    listed = client.get("/control/invoices", query_string={"organisation": books["tenantId"]}).json or {}
    assert [row["InvoiceID"] for row in listed["invoices"]] == [made["InvoiceID"]]


def test_only_the_person_of_an_organisation_consents_for_it(client: FlaskClient) -> None:
    one, other = add(client, 2)
    stranger = {"decision": "allow", "user": other["user"], "organisation": one["tenantId"]}

    refused = client.post("/identity/connect/authorize", query_string=CONSENT, data=stranger)

    assert refused.status_code == 403
    assert "code" in allow(client, user=one["user"], organisation=one["tenantId"])


def test_many_changes_are_made_in_their_order(xero: Caller) -> None:
    made = [xero.made() for _ in range(3)]
    changes = [{"invoice": one["InvoiceID"], "do": do} for do in ("approve", "pay") for one in made]
    changes.append({"invoice": made[0]["InvoiceID"], "do": "void"})

    answer = xero.client.post("/control/changes", json={"changes": changes, "seconds": 0.1})

    assert answer.status_code == 202
    wait_until(lambda: len(progress(xero.client)["made"]) == 7, seconds=5, what="all changes")
    assert {row["Status"] for row in xero.rows("/Invoices") if row["InvoiceID"] in {m["InvoiceID"] for m in made}} == {
        "PAID"
    }
    last = progress(xero.client)
    assert last["made"][-1] is None
    assert len(last["problems"]) == 1


def test_the_last_change_of_a_second_is_dated_later_than_the_others_of_the_organisation(xero: Caller) -> None:
    dates = [xero.made()["UpdatedDateUTC"] for _ in range(5)]

    assert dates == sorted(set(dates))


def test_counters_say_what_was_refused_and_how_near_the_limits_came(xero: Caller) -> None:
    xero.client.post("/control/conditions", json={"limits": {"minute": 2}})

    statuses = [xero.call("GET", "/Organisation").status_code for _ in range(3)]

    counters = xero.client.get("/control/counters").json or {}
    assert statuses == [200, 200, 429]
    assert counters["refused"] == {"minute": 1}
    assert (counters["most"]["minute"], counters["most"]["concurrent"]) == (2, 1)
    assert counters["calls"]["GET /api.xro/2.0/Organisation 200"] == 2


def test_answers_of_the_api_take_their_time_and_control_does_not(xero: Caller) -> None:
    xero.client.post("/control/latency", json={"low": 60, "high": 80})

    began = time.perf_counter()
    xero.call("GET", "/Organisation")
    asked = time.perf_counter()
    xero.client.get("/control/latency")
    done = time.perf_counter()

    assert asked - began >= 0.06
    assert done - asked < 0.06
    [call] = (xero.client.get("/control/calls").json or {})["calls"][-1:]
    assert call["took"] >= 60


def test_a_latency_that_is_none_is_refused(client: FlaskClient) -> None:
    answer = client.post("/control/latency", json={"low": 80, "high": 60})

    assert answer.status_code == 400


def test_noise_doubles_its_share_of_events_and_is_the_same_for_a_seed() -> None:
    first, second = (Noise(duplicates=0.25, late=0.5, seconds=2, seed=7) for _ in range(2))

    delays = [first.delays() for _ in range(2000)]

    assert delays == [second.delays() for _ in range(2000)]
    assert 0.2 < sum(len(one) == 2 for one in delays) / 2000 < 0.3
    assert max(max(one) for one in delays) <= 2
    assert 0.4 < sum(one[0] > 0 for one in delays) / 2000 < 0.6
