"""Who uninstalls takes their own tokens and webhooks along, and nobody else's."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sqlalchemy import create_engine, text

from tests.functional.conftest import addresses_of, set_up
from tests.support.stack import Stack
from tests.support.story import ADMIN, COLLEAGUE, Salesperson
from tests.support.waiting import wait_until

COMPANY = 7741001


def test_the_others_installation_stays_and_takes_over(stack: Stack) -> None:
    admin, colleague = set_up(stack), Salesperson(addresses_of(stack), user_id=COLLEAGUE)
    colleague.install()
    wait_until(lambda: owners_of_webhooks(stack) == [ADMIN], seconds=5, what="one webhook, the admin's")

    admin.uninstall()

    wait_until(lambda: owners_of_webhooks(stack) == [COLLEAGUE], seconds=5, what="one webhook, the colleague's")
    assert tokens_of(stack, ADMIN) == ("", "")
    assert all(tokens_of(stack, COLLEAGUE))
    assert colleague.frame("/panel", deal_id=1).status_code == 200
    colleague.create(deal_id=1).raise_for_status()
    wait_until(lambda: colleague.fields(1)["Xero invoice status"] == "Draft", seconds=5, what="the field says so")


def test_a_late_uninstall_does_not_end_a_newer_installation(stack: Stack) -> None:
    person = Salesperson(addresses_of(stack))
    person.install()

    answer = deliver_uninstall(stack, user_id=ADMIN, at=datetime.now(UTC) - timedelta(hours=1))

    assert answer.status_code == 204
    assert all(tokens_of(stack, ADMIN))
    assert person.frame("/panel", deal_id=1).status_code == 200


def test_an_uninstall_without_our_secret_is_refused(stack: Stack) -> None:
    answer = deliver_uninstall(stack, user_id=ADMIN, at=datetime.now(UTC), secret="guessed")

    assert answer.status_code == 401
    assert all(tokens_of(stack, ADMIN))


def test_the_last_one_ends_all_work_and_takes_leave_of_xero(stack: Stack) -> None:
    for user_id in (ADMIN, COLLEAGUE):
        Salesperson(addresses_of(stack), user_id=user_id).uninstall()

    wait_until(lambda: not connections_at_xero(stack), seconds=10, what="no connection is left at Xero")
    assert owners_of_webhooks(stack) == []
    assert tokens_of(stack, ADMIN) == tokens_of(stack, COLLEAGUE) == ("", "")
    wait_until(lambda: grants(stack) == [("ended", "", "")], seconds=5, what="the grant has ended")


def deliver_uninstall(stack: Stack, *, user_id: int, at: datetime, secret: str = "") -> requests.Response:
    client = requests.post(f"{stack.pipedrive_url}/control/tokens", json={}, timeout=10).json()
    credentials = f"{client['client_id']}:{secret or client['client_secret']}"
    return requests.delete(
        f"{stack.app_url}/pipedrive/callback",
        json={
            "client_id": client["client_id"],
            "company_id": COMPANY,
            "user_id": user_id,
            "timestamp": at.isoformat(),
        },
        headers={"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"},
        timeout=10,
    )


def owners_of_webhooks(stack: Stack) -> list[int]:
    webhooks = requests.get(f"{stack.pipedrive_url}/control/state", timeout=10).json()["webhooks"]
    return [one["user_id"] for one in webhooks if one["is_active"]]


def connections_at_xero(stack: Stack) -> list[object]:
    return list(requests.get(f"{stack.xero_url}/control/state", timeout=10).json()["connections"])


def tokens_of(stack: Stack, user_id: int) -> tuple[str, str]:
    found = rows(stack, "SELECT user_id, access_token, refresh_token FROM installation")
    [(access, refresh)] = [(row[1], row[2]) for row in found if row[0] == user_id]
    return access, refresh


def grants(stack: Stack) -> list[tuple[Any, ...]]:
    return rows(stack, "SELECT state, access_token, refresh_token FROM xero_grant")


def rows(stack: Stack, query: str) -> list[tuple[Any, ...]]:
    engine = create_engine(f"sqlite:///{stack.data / 'instep.sqlite3'}")
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
