"""API v1: webhooks."""

from urllib.parse import urlsplit

import urllib3

from sandbox.pipedrive import strict
from sandbox.pipedrive.answers import Bare, Record, RefusedError, Reply
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.webhooks import PER_USER

# The narrow scopes came in January 2024; the OpenAPI file still lists only `admin`.
# https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations
READ = ("webhooks:read", "webhooks:full", "admin")
WRITE = ("webhooks:full", "admin")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROBE_SECONDS = 10.0
# In prose since April 2026; the file's enum ends at `user`.
OBJECTS = (
    "activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user", "*",
    "project", "task", "board", "phase", "deal_installment", "deal_product",
)  # fmt: skip
RULES: dict[str, strict.Check] = {
    "subscription_url": strict.string,
    "event_action": strict.one_of("create", "change", "delete", "*"),
    "event_object": strict.one_of(*OBJECTS),
    "name": strict.text(shortest=1, longest=255),
    "user_id": strict.integer,
    "http_auth_user": strict.nullable(strict.string),
    "http_auth_password": strict.nullable(strict.string),
    "version": strict.one_of("1.0", "2.0"),
}
NEEDS = ("subscription_url", "event_action", "event_object", "name")
_OK: Record = {"status": "ok"}
routes = Routes()


def _refused(key: str, problem: str, status: int = 400) -> RefusedError:
    return RefusedError(status, "", body={"status": "error", "success": False, "errors": {key: [problem]}})


@routes.add("GET", "/v1/webhooks", cost=10, scopes=READ)
def list_webhooks(desk: Desk, call: Call) -> Reply:
    """Answer with what this user's app has subscribed to."""
    return Reply(desk.webhooks.of_user(call.user.id), _OK)


@routes.add("POST", "/v1/webhooks", cost=10, scopes=WRITE, status=201, locked=False)
def post_webhook(desk: Desk, call: Call) -> Reply:
    """Subscribe, after asking the address whether it lives."""
    if not isinstance(call.body, dict):
        raise _refused("body", "must be an object")
    for key in NEEDS:
        if key not in call.body:
            raise _refused(key, "is required")
    for key, value in call.body.items():
        problem = RULES[key](value) if key in RULES else "is not allowed"
        if problem:
            raise _refused(key, problem)
    if not _lives(desk, call.body["subscription_url"]):
        raise _refused("subscription_url", "invalid or non-reachable URL")
    return _subscribe(desk, call, call.body)


def _subscribe(desk: Desk, call: Call, wanted: Record) -> Reply:
    with desk.world.lock:
        if wanted.get("user_id", call.user.id) not in desk.world.users:
            raise _refused("user_id", "not found")
        if len(desk.webhooks.of_user(call.user.id)) >= PER_USER:
            raise _refused("webhooks", "limit reached", 422)
        return Reply(desk.webhooks.add(user_id=call.user.id, wanted=wanted), _OK)


@routes.add("DELETE", "/v1/webhooks/<int:webhook_id>", cost=6, scopes=WRITE)
def delete_webhook(desk: Desk, call: Call, webhook_id: int) -> Bare:
    """Unsubscribe."""
    entry = desk.webhooks.subscriptions.get(webhook_id)
    if entry is None:
        raise _refused("id", "not found", 404)
    if entry.record["owner_id"] != call.user.id:
        raise RefusedError(403, "", body={"success": False, "message": "Forbidden"})
    del desk.webhooks.subscriptions[webhook_id]
    return Bare({"success": True, **_OK})


def _lives(desk: Desk, url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    local = parts.hostname in LOOPBACK
    if parts.scheme not in (("http", "https") if local else ("https",)) or not parts.hostname:
        return False
    own = urlsplit(desk.config.base_url)
    if parts.hostname.endswith(".pipedrive.com") or parts.netloc == own.netloc:
        return False
    return _answers(url)


def _answers(url: str) -> bool:
    # How the real one asks is not documented: any answer but a redirect, "not found" or a failure will do.
    try:
        answer = urllib3.request(
            "GET", url, redirect=False, retries=False, timeout=urllib3.Timeout(total=PROBE_SECONDS)
        )
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status not in (404, 410) and (answer.status < 300 or 400 <= answer.status < 500)
