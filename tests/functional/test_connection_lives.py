"""Declining, choosing, disconnecting on either side: the pages say where one is and what to do next."""

import requests

from tests.functional.conftest import addresses_of
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.waiting import wait_until


def test_declining_in_pipedrive_installs_nothing_and_can_be_tried_again(stack: Stack) -> None:
    person = Salesperson(addresses_of(stack))

    answer = person.install(decision="deny")

    assert answer.status_code == 200
    assert "Install in Pipedrive" in answer.text
    assert person.install().url.endswith("/setup")


def test_declining_in_xero_leaves_the_setup_where_it_was(stack: Stack) -> None:
    person = Salesperson(addresses_of(stack))
    person.install()

    answer = person.connect_xero(decision="cancel")

    assert "Connect Xero" in answer.text
    assert "Connect Xero" in person.panel(1)


def test_several_organisations_are_a_choice(stack: Stack) -> None:
    set_tier(stack, "advanced")
    person = Salesperson(addresses_of(stack))
    person.install()
    person.connect_xero()
    set_tier(stack, "starter")

    person.choose("Paper Lantern Studio Ltd")

    assert "Paper Lantern Studio Ltd" in person.panel(1)
    wait_until(lambda: connections(stack) == ["Studio"], seconds=10, what="the other one is disconnected at Xero")


def test_a_colleague_who_is_no_admin_cannot_disconnect_everybody(stack: Stack) -> None:
    connected(stack)
    colleague = Salesperson(addresses_of(stack), user_id=COLLEAGUE)
    colleague.install()

    answer = colleague.browser.session.post(f"{stack.app_url}/xero/disconnect", headers={"Origin": stack.app_url})

    assert "admin" in answer.text
    assert "Paper Lantern Studio Ltd" in colleague.panel(1)


def test_disconnecting_is_told_to_xero_and_shown(stack: Stack) -> None:
    person = connected(stack)

    person.browser.session.post(f"{stack.app_url}/xero/disconnect", headers={"Origin": stack.app_url})

    assert "Connect Xero" in person.panel(1)
    wait_until(lambda: connections(stack) == [], seconds=10, what="no connection is left at Xero")


def test_ending_it_in_xero_is_noticed_and_offers_to_reconnect(stack: Stack) -> None:
    person = connected(stack)
    person.create(deal_id=1).raise_for_status()
    person.invoice_of(1)
    requests.post(f"{stack.xero_url}/control/disconnect", json={}, timeout=10).raise_for_status()

    answer = person.fragment("POST", "/panel/refresh", deal_id=1)

    assert answer.status_code == 409
    assert "Reconnect" in person.panel(1)
    person.connect_xero()
    assert "Draft" in person.panel(1)


def connected(stack: Stack) -> Salesperson:
    """A salesperson whose company is connected, now if it was not before."""
    person = Salesperson(addresses_of(stack))
    person.install()
    if "Connect Xero" in person.panel(1):
        person.connect_xero()
        person.save_preferences(default_account="200")
    return person


def set_tier(stack: Stack, tier: str) -> None:
    requests.post(f"{stack.xero_url}/control/conditions", json={"tier": tier}, timeout=10).raise_for_status()


def connections(stack: Stack) -> list[str]:
    state = requests.get(f"{stack.xero_url}/control/state", timeout=10).json()
    names = {one["tenantId"]: one["name"].split()[2] for one in state["organisations"]}
    return [names[one["tenantId"]] for one in state["connections"]]
