"""A one-time key opens one thing, once, for minutes, in one browser."""

import pytest

from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.operations.tickets import (
    Purpose,
    TicketHolder,
    issue,
    issue_setup_ticket,
    known_holder,
    redeem,
    redeem_setup_ticket,
)
from sync.store.company import Ticket
from tests.unit.fakes.house import DEAL, House

HOLDER = TicketHolder(company_id=7, user_id=11, deal_id=42)


def test_a_ticket_gives_back_what_was_remembered_with_it(core: Core) -> None:
    key = issue(core, purpose=Purpose.XERO, holder=HOLDER, browser="b")

    assert redeem(core, purpose=Purpose.XERO, key=key, browser="b") == HOLDER


def test_a_ticket_works_once(core: Core) -> None:
    key = issue(core, purpose=Purpose.SETUP, holder=HOLDER)
    redeem(core, purpose=Purpose.SETUP, key=key)

    assert refused(core, key, Purpose.SETUP)


def test_a_ticket_for_one_thing_opens_no_other(core: Core) -> None:
    key = issue(core, purpose=Purpose.INSTALL, holder=HOLDER, browser="b")

    assert refused(core, key, Purpose.XERO, browser="b")


@pytest.mark.parametrize("browser", ["", "another"])
def test_a_ticket_works_only_in_its_browser_and_survives_another_s_try(core: Core, browser: str) -> None:
    key = issue(core, purpose=Purpose.XERO, holder=HOLDER, browser="mine")

    assert refused(core, key, Purpose.XERO, browser=browser)
    assert redeem(core, purpose=Purpose.XERO, key=key, browser="mine") == HOLDER


@pytest.mark.parametrize(("purpose", "minutes"), [(Purpose.INSTALL, 10), (Purpose.XERO, 10), (Purpose.SETUP, 2)])
def test_a_ticket_lasts_for_minutes(house: House, purpose: Purpose, minutes: int) -> None:
    early, late = (issue(house.core, purpose=purpose, holder=HOLDER) for _ in range(2))
    house.clock.advance(minutes=minutes, seconds=-1)
    assert redeem(house.core, purpose=purpose, key=early) == HOLDER

    house.clock.advance(seconds=1)

    assert refused(house.core, late, purpose)


def test_the_store_never_holds_the_key_itself(house: House) -> None:
    key = issue(house.core, purpose=Purpose.XERO, holder=HOLDER, browser="mine")

    [row] = house.all(Ticket)
    assert key not in (row.key_hash, row.browser_hash)
    assert row.browser_hash != "mine"


def test_a_setup_ticket_opens_the_setup_of_its_person(house: House) -> None:
    house.add_company()
    person = house.add_user()

    holder = redeem_setup_ticket(house.core, ticket=issue_setup_ticket(house.core, person=person, deal_id=DEAL))

    assert (holder.company_id, holder.user_id, holder.deal_id) == (person.company_id, person.user_id, DEAL)


def test_a_key_made_for_nobody_opens_no_setup() -> None:
    with pytest.raises(Anticipated) as caught:
        known_holder(TicketHolder())

    assert caught.value.code is ErrorCode.LINK_EXPIRED


def refused(core: Core, key: str, purpose: Purpose, *, browser: str = "") -> bool:
    """Whether the key is turned away as expired."""
    with pytest.raises(Anticipated) as caught:
        redeem(core, purpose=purpose, key=key, browser=browser)
    return caught.value.code is ErrorCode.LINK_EXPIRED
