"""Consent, tokens and connections: login.xero.com, identity.xero.com and api.xero.com/connections in one place."""

import base64
import binascii
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request

from sandbox.xero.errors import Refusal, json_answer, problem
from sandbox.xero.gate import bearer
from sandbox.xero.services import Services
from sandbox.xero.tokens import Connection, GrantError, iso7
from sandbox.xero.values import Json, is_guid, new_id

_CONNECTING_ROLES = ("STANDARD", "FINANCIALADVISER")
_MOST_CONNECTIONS = {"starter": 5, "core": 50, "plus": 1000, "advanced": 10_000, "enterprise": 1_000_000}
_OPEN = ("openid", "profile", "email", "offline_access")
_WITH_READ = ("invoices", "payments", "banktransactions", "manualjournals", "contacts", "settings", "attachments")
_REPORTS = ("aged", "balancesheet", "banksummary", "budgetsummary", "executivesummary", "profitandloss", "trialbalance")
SCOPES = {
    *_OPEN,
    *(f"accounting.{name}{end}" for name in _WITH_READ for end in ("", ".read")),
    *(f"accounting.reports.{name}.read" for name in (*_REPORTS, "taxreports")),
    *("accounting.budgets.read", "accounting.journals.read", "paymentservices"),
}


class ConsentError(Exception):
    """A request for consent that is wrong before anybody is asked."""


class IdentityRoutes:
    """This will answer everything about who may call."""

    def __init__(self, services: Services) -> None:
        self._services, self._tokens, self._world = services, services.tokens, services.world

    def blueprint(self) -> Blueprint:
        """This will make the routes."""
        made = Blueprint("identity", __name__)
        made.register_error_handler(ConsentError, _show_consent_error)
        made.add_url_rule("/identity/connect/authorize", "ask", self.ask, methods=["GET"])
        made.add_url_rule("/identity/connect/authorize", "decide", self.decide, methods=["POST"])
        made.add_url_rule("/connect/token", "token", self.token, methods=["POST"])
        made.add_url_rule("/connect/revocation", "revoke", self.revoke, methods=["POST"])
        made.add_url_rule("/.well-known/openid-configuration", "discovery", self.discovery)
        made.add_url_rule("/.well-known/openid-configuration/jwks", "jwks", self.jwks)
        for path in ("/connections", "/Connections"):
            made.add_url_rule(path, f"list{path}", self.connections, methods=["GET"])
            made.add_url_rule(f"{path}/<connection_id>", f"delete{path}", self.disconnect, methods=["DELETE"])
        return made

    def ask(self) -> str:
        """This will show the consent page."""
        scopes = self._check()
        organisations = list(self._world.organisations.values())
        single = self._world.tier not in ("advanced", "enterprise") or "bulk_connect:false" in request.args.get(
            "acr_values", ""
        )
        users = list(self._world.users.values())
        return render_template(
            "xero/consent.html", users=users, organisations=organisations, single=single, scopes=scopes
        )

    def decide(self) -> Response | str | tuple[str, int]:
        """This will do what the person chose."""
        scopes, uri = self._check(), request.args["redirect_uri"]
        if request.form.get("decision") != "allow":
            return self._back(uri, {"error": "access_denied", "error_description": "TenantConsent status DENIED"})
        user = self._world.users.get(request.form.get("user", "")) or self._user_named(request.form.get("user", ""))
        tenant_ids = request.form.getlist("organisation") or list(self._world.organisations)[:1]
        refusal = self._refusal(user, tenant_ids)
        if user is None or refusal:
            return render_template("xero/consent_error.html", title="You cannot connect this app", text=refusal), 403
        event_id = self._tokens.consent(user["UserID"], tenant_ids, scopes)
        challenge = request.args.get("code_challenge")
        code = self._tokens.issue_code(user["UserID"], event_id, scopes, uri, challenge)
        self._services.subscription.ask_intent_once()
        return self._back(uri, {"code": code, "scope": " ".join(scopes), "session_state": new_id()})

    def _user_named(self, email: str) -> Json | None:
        if not email:
            return next(iter(self._world.users.values()))
        return next((user for user in self._world.users.values() if user["EmailAddress"] == email), None)

    def _refusal(self, user: Json | None, tenant_ids: list[str]) -> str:
        organisations = [self._world.organisations.get(tenant_id) for tenant_id in tenant_ids]
        if user is None or not all(organisations):
            return "The user or the organisation is not known."
        for org in organisations:
            role = org.users.get(user["UserID"], {}).get("OrganisationRole") if org is not None else None
            if org is not None and role not in _CONNECTING_ROLES:
                return f"Your role in {org.name} does not let you connect apps. Ask a Standard user or an Adviser."
            if org is not None and org.tenant_id in self._world.full_organisations:
                return f"{org.name} is already connected to two uncertified apps, which is the most there may be."
        connected = {one.tenant_id for one in self._tokens.connections()}
        most = self._world.limits.get("connections", _MOST_CONNECTIONS[self._world.tier])
        if len(connected | set(tenant_ids)) > most:
            return "This app has reached the number of organisations that it may be connected to."
        return ""

    def _back(self, uri: str, answer: dict[str, str]) -> Response:
        if "state" in request.args:
            answer["state"] = request.args["state"]
        made = redirect(f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(answer)}")
        return Response(made.get_data(), made.status_code, made.headers)

    def _check(self) -> tuple[str, ...]:
        """This will check the request before anybody is asked, and return its scopes.

        :raises ConsentError: with OAuth's word for what is wrong.
        """
        asked = request.args
        if asked.get("client_id") != self._services.config.client_id:
            raise ConsentError("unauthorized_client: Unknown client")
        uri = asked.get("redirect_uri", "")
        parts = urlsplit(uri)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")
        if not secure or uri not in self._services.config.redirect_urls:
            raise ConsentError("invalid_request: Invalid redirect_uri")
        if asked.get("response_type") != "code":
            raise ConsentError("unsupported_response_type")
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise ConsentError("invalid_request: Transform algorithm not supported")
        scopes = tuple(dict.fromkeys(asked.get("scope", "").split()))
        if not scopes or not set(scopes) <= SCOPES:
            wrong = ", ".join(scope for scope in scopes if scope not in SCOPES)
            raise ConsentError(f"invalid_scope: {wrong or 'no scope'} is not available to this app")
        return scopes

    def token(self) -> Response:
        """This will trade a code or a refresh token for tokens."""
        form = request.form
        try:
            self._check_client()
            if form.get("grant_type") == "authorization_code":
                redeemed = self._tokens.redeem(
                    form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
                user_id, event_id = redeemed[:2]
            elif form.get("grant_type") == "refresh_token":
                user_id, event_id = self._tokens.rotate(form.get("refresh_token", ""))
            else:
                raise GrantError("unsupported_grant_type")
        except GrantError as err:
            return json_answer({"error": str(err)}, 400)
        answer = json_answer(self._tokens.issue(self._world.users[user_id], event_id))
        answer.headers["Cache-Control"] = "no-store, no-cache, max-age=0"
        return answer

    def _check_client(self) -> None:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        given = request.form.get("client_id", ""), request.form.get("client_secret", "")
        if scheme.lower() == "basic":
            try:
                name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as err:
                raise GrantError("invalid_client") from err
            given = name, secret
        if given != (self._services.config.client_id, self._services.config.client_secret):
            raise GrantError("invalid_client")

    def revoke(self) -> Response:
        """This will end all that a user allowed."""
        try:
            self._check_client()
        except GrantError as err:
            return json_answer({"error": str(err)}, 400)
        self._tokens.revoke(request.form.get("token", ""))
        return Response(status=200)

    def discovery(self) -> Response:
        """This will say where everything is."""
        base = self._services.config.base_url
        return json_answer(
            {
                "issuer": base,
                "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
                "authorization_endpoint": f"{base}/identity/connect/authorize",
                "token_endpoint": f"{base}/connect/token",
                "revocation_endpoint": f"{base}/connect/revocation",
                "scopes_supported": sorted(SCOPES),
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def jwks(self) -> Response:
        """This will publish the signing key."""
        return json_answer(self._tokens.jwks())

    def connections(self) -> Response:
        """This will list what the token's user connected."""
        access = bearer(self._services)
        headers = self._services.limits.count(None)
        event = request.args.get("authEventId")
        rows = [one for one in self._tokens.connections(access.user_id) if event in (None, "", one.event_id)]
        answer = json_answer([self._shown(one) for one in rows])
        answer.headers.update(headers)
        return answer

    def _shown(self, one: Connection) -> Json:
        org = self._world.organisations[one.tenant_id]
        return {
            "id": one.connection_id,
            "authEventId": one.event_id,
            "tenantId": one.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": org.name,
            "createdDateUtc": iso7(one.created),
            "updatedDateUtc": iso7(one.updated),
        }

    def disconnect(self, connection_id: str) -> Response:
        """This will end one connection, named by its own id and no other."""
        access = bearer(self._services)
        headers = self._services.limits.count(None)
        mine = self._tokens.connections(access.user_id)
        if any(connection_id in (one.tenant_id, one.event_id) for one in mine):
            raise problem(403, "Forbidden", "AuthenticationUnsuccessful")
        if not is_guid(connection_id) or all(one.connection_id != connection_id for one in mine):
            raise Refusal(Response(status=404))
        self._tokens.disconnect(connection_id)
        return Response(status=204, headers=headers)


def _show_consent_error(error: ConsentError) -> tuple[str, int]:
    return render_template("xero/consent_error.html", title="Sorry, something went wrong", text=f"Error: {error}"), 400
