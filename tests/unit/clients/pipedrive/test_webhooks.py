"""Webhook subscriptions: made, listed, removed."""

import pytest
import responses
from responses import matchers

from sync.clients.failures import NotFound, Unreadable
from sync.domain.crm import WebhookSubscription
from sync.domain.secret import Secret
from tests.unit.clients.samples import a_webhook
from tests.unit.clients.vendors import COMPANY, a_pipedrive_client, data

V1 = f"{COMPANY}/v1"


def test_a_webhook_is_created_for_version_2_with_its_credentials(web: responses.RequestsMock) -> None:
    wanted = {
        "subscription_url": "https://instep.example/webhooks/pipedrive/k",
        "event_action": "*",
        "event_object": "deal",
        "name": "Instep",
        "version": "2.0",
        "http_auth_user": "u",
        "http_auth_password": "p",
    }
    web.post(f"{V1}/webhooks", body=data(a_webhook()), status=201, match=[matchers.json_params_matcher(wanted)])

    made = a_pipedrive_client().create_webhook(
        url="https://instep.example/webhooks/pipedrive/k",
        action="*",
        entity="deal",
        name="Instep",
        username="u",
        password=Secret("p"),
    )

    assert made == WebhookSubscription(9, "https://instep.example/webhooks/pipedrive/k", "*", "deal", 1, is_active=True)


def test_webhooks_are_listed_and_a_dead_one_is_seen(web: responses.RequestsMock) -> None:
    web.get(f"{V1}/webhooks", body=data([a_webhook(), a_webhook(id=10, is_active=0, user_id=None)]))

    alive, dead = a_pipedrive_client().list_webhooks()

    assert (alive.is_active, dead.is_active, dead.user_id) == (True, False, None)


def test_a_webhook_that_is_gone_cannot_be_deleted(web: responses.RequestsMock) -> None:
    web.delete(f"{V1}/webhooks/9", body=data({"id": 9}))
    web.delete(f"{V1}/webhooks/10", json={"success": False, "message": "Not found"}, status=404)

    a_pipedrive_client().delete_webhook(webhook_id=9)
    with pytest.raises(NotFound):
        a_pipedrive_client().delete_webhook(webhook_id=10)


@pytest.mark.parametrize("body", ["[]", "{}", '{"data": {}}', '{"data": [5]}', '{"data": [{}]}'])
def test_an_answer_without_the_list_is_unreadable(web: responses.RequestsMock, body: str) -> None:
    web.get(f"{V1}/webhooks", body=body)

    with pytest.raises(Unreadable):
        a_pipedrive_client().list_webhooks()
