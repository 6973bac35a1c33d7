"""Which organisations a grant reaches."""

import pytest
import responses
from responses import matchers

from sync.clients.failures import NotFound, Unreadable
from sync.domain.accounting import ConnectedTenant
from tests.unit.clients.samples import a_connection
from tests.unit.clients.vendors import XERO_API, xero_connections


def test_the_organisations_of_one_consent(web: responses.RequestsMock) -> None:
    practice = {**a_connection(), "id": "x", "tenantType": "PRACTICE"}
    web.get(
        f"{XERO_API}/connections",
        json=[a_connection(), practice],
        match=[matchers.query_param_matcher({"authEventId": "e-1"})],
    )

    assert xero_connections().list(auth_event_id="e-1") == (
        ConnectedTenant(
            connection_id="n-1",
            auth_event_id="e-1",
            tenant_id="t-1",
            tenant_type="ORGANISATION",
            tenant_name="Maple Florists",
            updated_at="2026-11-22T06:00:00.5187840",
        ),
    )


def test_all_organisations_may_be_none(web: responses.RequestsMock) -> None:
    web.get(f"{XERO_API}/connections", json=[], match=[matchers.query_param_matcher({})])

    assert xero_connections().list() == ()


@pytest.mark.parametrize("body", ["{}", "null", "[5]", "[{}]"])
def test_connections_that_are_no_list_are_unreadable(web: responses.RequestsMock, body: str) -> None:
    web.get(f"{XERO_API}/connections", body=body)

    with pytest.raises(Unreadable):
        xero_connections().list()


def test_one_organisation_is_disconnected_and_a_second_time_not_found(web: responses.RequestsMock) -> None:
    web.delete(f"{XERO_API}/connections/n-1", status=204)
    web.delete(f"{XERO_API}/connections/n-1", status=404)
    connections = xero_connections()

    connections.delete(connection_id="n-1")
    with pytest.raises(NotFound):
        connections.delete(connection_id="n-1")
