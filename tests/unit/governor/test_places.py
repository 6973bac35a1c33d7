"""The places of an organisation: who is in flight, who waits, and what becomes of the places of the dead."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from redis import Redis

from tests.support.waiting import wait_until
from tests.unit.governor.conftest import TENANT, Office, held_back, make, seed, to_xero, trips


def test_until_xero_has_said_what_is_left_one_call_is_in_flight_at_a_time(office: Office) -> None:
    first, second = office.background(), office.background()

    with first.permit(to_xero()) as permit:
        refused = held_back(second, to_xero())
        permit.answered(status=200, headers={"x-minlimit-remaining": "59"})

    assert (refused.problem, refused.retry_after) == ("concurrent", 0.3)
    with first.permit(to_xero()), second.permit(to_xero()):
        pass


def test_background_work_leaves_one_of_five_places_to_people(office: Office) -> None:
    worker, web = office.background(), office.people()
    seed(worker, to_xero())

    with ExitStack() as flying:
        for _ in range(4):
            flying.enter_context(worker.permit(to_xero()))
        assert held_back(worker, to_xero()).problem == "concurrent"
        flying.enter_context(web.permit(to_xero()))
        assert held_back(web, to_xero()).problem == "concurrent"


def test_another_organisation_has_places_of_its_own(office: Office) -> None:
    worker = office.background()
    seed(worker, to_xero())

    with ExitStack() as flying:
        for _ in range(4):
            flying.enter_context(worker.permit(to_xero()))
        make(worker, to_xero("another"))


def test_a_person_waits_for_a_place(office: Office, redis: Redis) -> None:
    web = office.people()
    with ThreadPoolExecutor(1) as pool:
        with web.permit(to_xero()):
            before = trips(redis)
            click = pool.submit(make, office.people(), to_xero())
            wait_until(lambda: trips(redis) > before + 3, seconds=5, what="it has asked, and asked again")
            assert not click.done()

        click.result(timeout=5)


def test_after_a_wipe_a_worker_still_knows_its_own_calls(office: Office, redis: Redis) -> None:
    worker = office.background()
    seed(worker, to_xero())

    with worker.permit(to_xero()), worker.permit(to_xero()) as permit:
        redis.flushdb()
        assert held_back(worker, to_xero()).problem == "concurrent"
        permit.answered(status=200, headers={"x-minlimit-remaining": "57"})

    with worker.permit(to_xero()):
        assert held_back(worker, to_xero()).problem == "concurrent"


def test_a_killed_process_loses_its_places(office: Office) -> None:
    worker, killed = office.background(), office.background()
    seed(worker, to_xero())
    with ExitStack() as flying:
        for _ in range(4):
            flying.enter_context(killed.permit(to_xero()))
        assert held_back(worker, to_xero()).problem == "concurrent"

        office.clock.advance(6.1)

        make(worker, to_xero())


def test_a_long_call_keeps_its_place(office: Office, redis: Redis) -> None:
    worker = office.background()
    with worker.permit(to_xero()):
        office.clock.advance(5)
        now = office.clock.timestamp()
        place = f"instep:governor:xero:{TENANT}:flight"

        wait_until(lambda: redis.zcount(place, now + 5, "+inf"), seconds=5, what="the place is renewed")


def test_a_lost_answer_frees_its_place_after_a_moment(office: Office) -> None:
    worker = office.background()
    with pytest.raises(OSError, match="dropped"), worker.permit(to_xero()):
        raise OSError("dropped")
    assert held_back(worker, to_xero()).problem == "concurrent"

    office.clock.advance(1.1)

    make(worker, to_xero())


def test_after_a_wipe_other_processes_learn_of_long_calls(office: Office, redis: Redis) -> None:
    first, second = office.background(), office.background()
    seed(first, to_xero())

    with ExitStack() as flying:
        for _ in range(4):
            flying.enter_context(first.permit(to_xero()))
        redis.flushall()
        key = f"instep:governor:xero:{TENANT}:flight"
        wait_until(lambda: redis.zcard(key) == 4, seconds=6, what="the calls in flight are known again")

        assert held_back(second, to_xero()).problem == "concurrent"
