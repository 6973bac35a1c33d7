"""The organisations that a grant reaches."""

from sync.clients.answers import loaded, payload, unreadable
from sync.clients.governor import Call, Governor
from sync.clients.transport import AuthorisedSession, Request, TokenSource, Transport
from sync.clients.xero import _schemas
from sync.clients.xero._calls import segment
from sync.clients.xero._errors import XERO, check
from sync.domain.accounting import ConnectedTenant


class XeroConnections:
    """The organisations that a grant reaches."""

    def __init__(self, *, api_url: str, tokens: TokenSource, transport: Transport, governor: Governor) -> None:
        self._url = f"{api_url.rstrip('/')}/connections"
        # No organisation's call: only the app's own limit counts.
        call = Call(XERO, tenant="")
        self._session = AuthorisedSession(
            transport=transport, tokens=tokens, governor=governor, call_of=lambda _: call, check=check
        )

    # https://developer.xero.com/documentation/guides/oauth2/tenants
    def list(self, *, auth_event_id: str | None = None) -> tuple[ConnectedTenant, ...]:
        """Fetch the connected organisations, of one consent or of all; practices are left out."""
        params = {"authEventId": auth_event_id} if auth_event_id else {}
        request = Request(XERO, "GET", self._url, params=params, headers={"Accept": "application/json"})
        answer = payload(request, self._session.send(request))
        if not isinstance(answer, list):
            raise unreadable(request, "not a list")
        schema = _schemas.ConnectionSchema()
        tenants: list[ConnectedTenant] = [loaded(request, schema, row) for row in answer]
        return tuple(tenant for tenant in tenants if tenant.tenant_type == "ORGANISATION")

    # https://developer.xero.com/documentation/guides/oauth2/tenants (removing connections)
    def delete(self, *, connection_id: str) -> None:
        """Disconnect one organisation; `connection_id` is neither the tenant's id nor the consent's.

        :raises NotFound: it is disconnected already.
        """
        self._session.send(Request(XERO, "DELETE", f"{self._url}/{segment(connection_id)}"))
