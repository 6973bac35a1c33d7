"""What stands before the accounting routes: token, organisation, limits, scope, idempotency key."""

from datetime import UTC, datetime

from flask import Flask, Response, g, request

from sandbox.xero.errors import Refusal, problem
from sandbox.xero.models import Organisation
from sandbox.xero.services import Call, Services
from sandbox.xero.tokens import Access
from sandbox.xero.values import new_id
from sandbox.xero.xml import to_xml

BASE = "/api.xro/2.0/"
_SETTINGS = ("accounting.settings",)
SCOPES = {
    "Invoices": ("accounting.invoices",),
    "Contacts": ("accounting.contacts",),
    "Items": ("accounting.invoices", "accounting.settings"),
    "Payments": ("accounting.payments",),
    "TaxRates": _SETTINGS,
    "Accounts": _SETTINGS,
    "BrandingThemes": _SETTINGS,
    "Currencies": _SETTINGS,
    "Organisation": _SETTINGS,
    "Users": _SETTINGS,
    "TrackingCategories": _SETTINGS,
}
_ROLES = ("STANDARD", "FINANCIALADVISER", "MANAGEDCLIENT", "CASHBOOKCLIENT")
_FLYING = "sandbox.xero.flying"


def bearer(services: Services) -> Access:
    """This will read the access token of the current call.

    :raises Refusal: with a 401 when there is none that lives.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    access = services.tokens.check(token.strip()) if scheme.lower() == "bearer" else None
    if access is None:
        raise problem(401, "Unauthorized", "AuthenticationUnsuccessful", {"WWW-Authenticate": "Bearer"})
    if services.clock.timestamp() >= access.expires:
        ended = datetime.fromtimestamp(access.expires, UTC).strftime("%m/%d/%Y %H:%M:%S")
        raise problem(401, "Unauthorized", f"TokenExpired: token expired at {ended}")
    return access


class Gate:
    """This will let calls in, or say why not."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def install(self, app: Flask) -> None:
        """This will hang the gate before and behind the accounting routes; call it after the control's hooks."""
        # First of all, so that a call that a fault makes slow is in flight meanwhile.
        app.before_request_funcs.setdefault(None, []).insert(0, self._take_off)
        app.before_request(self._enter)
        app.after_request(self._leave)
        app.teardown_request(self._land)
        self._services.control.broken = self._broken

    def _take_off(self) -> None:
        tenant_id = request.headers.get("xero-tenant-id")
        if tenant_id and request.path.startswith(BASE):
            g.xero_flying = self._services.limits.enter(tenant_id)
            request.environ[_FLYING] = tenant_id

    def _land(self, _error: BaseException | None) -> None:
        tenant_id = request.environ.pop(_FLYING, None)
        if tenant_id:
            self._services.limits.leave(tenant_id)

    def _enter(self) -> Response | None:
        if not request.path.startswith(BASE):
            return None
        access = bearer(self._services)
        org = self._tenant(access)
        self._services.control.note(tenant_id=org.tenant_id)
        g.xero_headers = self._services.limits.count(org.tenant_id, g.get("xero_flying", 1))
        self._check_scope(access)
        user = org.users[access.user_id]
        if user["OrganisationRole"] not in _ROLES:
            raise problem(403, "Forbidden", "You are not permitted to access this resource")
        g.xero_call = Call(access, user, org)
        g.xero_key, answer = self._services.idempotency.begin(request)
        return answer

    def _tenant(self, access: Access) -> Organisation:
        tenant_id = request.headers.get("xero-tenant-id", "")
        org = self._services.world.organisations.get(tenant_id)
        if org is None or not self._services.tokens.connected(access.user_id, tenant_id):
            raise problem(403, "Forbidden", "AuthenticationUnsuccessful")
        return org

    def _check_scope(self, access: Access) -> None:
        wanted = SCOPES.get(request.path[len(BASE) :].split("/")[0], ())
        allowed = {
            scope for name in wanted for scope in ((name, f"{name}.read") if request.method == "GET" else (name,))
        }
        if wanted and not allowed & access.scopes:
            raise problem(401, "Unauthorized", "AuthorizationUnsuccessful", {"WWW-Authenticate": "insufficient_scope"})

    def _leave(self, response: Response) -> Response:
        if not request.path.startswith(BASE):
            return response
        if g.get("xero_key"):
            self._services.idempotency.finish(g.xero_key, response)
        response.headers.update(g.get("xero_headers", {}))
        response.headers["Xero-Correlation-Id"] = new_id()
        return to_xml(response) if _wants_xml(response) else response

    def _broken(self) -> Response:
        """This will be an internal error, which a key remembers as it does any other first answer."""
        answer = Response(
            '"An error occurred in Xero. Check the API Status page."', 500, content_type="application/json"
        )
        if request.path.startswith(BASE):
            try:
                key, kept = self._services.idempotency.begin(request)
            except Refusal as refusal:
                return refusal.response
            if key:
                self._services.idempotency.finish(key, answer)
            return kept or answer
        return answer


def _wants_xml(response: Response) -> bool:
    if not (response.content_type or "").startswith("application/json"):
        return False
    return "json" not in request.headers.get("Accept", "").lower()
