"""Webhooks v2: subscriptions, the payload, delivery, bans and the end of dead ones."""

import base64
import itertools
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.told import difference, told
from sandbox.pipedrive.world import Change, World

# https://pipedrive.readme.io/docs/guide-for-webhooks-v2
TIMEOUT_SECONDS = 10.0
RETRY_DELAYS = (3, 30, 150)
BAN_AFTER = 10
BAN_SECONDS = 30 * 60
DELETE_AFTER_SECONDS = 3 * 24 * 60 * 60
PER_USER = 40
#: Of all companies, and never counted from 1 again: an answer to a delivery of before a reset must not meet another
#: subscription.
_ids = itertools.count(1)


class Poster(Protocol):
    """The part of the courier that is used here."""

    def post(
        self,
        *,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float,
        delay: float = 0,
        on_result: Callable[[int | None], None] | None = None,
    ) -> None:
        """Deliver without blocking."""
        ...


@dataclass
class Subscription:
    """One webhook and how it has fared."""

    record: Record
    first_failures: int = 0
    banned_until: float = 0.0
    failing_since: float | None = None
    delivered: int = 0
    lost: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def wants(self, change: Change) -> bool:
        """Tell whether it is subscribed to this kind of change."""
        return self.record["event_object"] in ("*", change.entity) and (
            self.record["event_action"] in ("*", change.action)
        )


@dataclass(frozen=True)
class _Delivery:
    webhook_id: int
    payload: Record
    attempt: int = 1


class Webhooks:
    """All subscriptions. Whoever calls holds the world's lock."""

    def __init__(self, *, world: World, poster: Poster) -> None:
        """Start without subscriptions and listen to the world."""
        self._world = world
        self._poster = poster
        self.subscriptions: dict[int, Subscription] = {}
        world.listeners.append(self.hear)

    def reset(self) -> None:
        """Forget all."""
        self.subscriptions.clear()

    def add(self, *, user_id: int, wanted: Record) -> Record:
        """Subscribe."""
        webhook_id = next(_ids)
        record: Record = {
            "id": webhook_id,
            "company_id": self._world.company.id,
            "owner_id": user_id,
            "user_id": wanted.get("user_id", user_id),
            "event_action": wanted["event_action"],
            "event_object": wanted["event_object"],
            "subscription_url": wanted["subscription_url"],
            "version": wanted.get("version", "2.0"),
            "is_active": 1,
            "add_time": self._now(),
            "remove_time": None,
            "type": "application",
            "http_auth_user": wanted.get("http_auth_user"),
            "http_auth_password": wanted.get("http_auth_password"),
            "remove_reason": None,
            "last_delivery_time": None,
            "last_http_status": None,
            "admin_id": user_id,
            "name": wanted["name"],
        }
        self.subscriptions[webhook_id] = Subscription(record, headers=_headers(record))
        return record

    def of_user(self, user_id: int) -> list[Record]:
        """List what a user's token has subscribed to."""
        return [entry.record for entry in self.subscriptions.values() if entry.record["owner_id"] == user_id]

    def remove_of_user(self, user_id: int) -> None:
        """Remove a user's app webhooks, as an uninstall does."""
        for record in self.of_user(user_id):
            del self.subscriptions[record["id"]]

    def state(self) -> list[Record]:
        """Show every subscription with its counters, without its password."""
        return [
            {
                **{key: value for key, value in entry.record.items() if key != "http_auth_password"},
                "first_failures": entry.first_failures,
                "banned_until": entry.banned_until or None,
                "delivered": entry.delivered,
                "lost": entry.lost,
            }
            for entry in self.subscriptions.values()
        ]

    def hear(self, change: Change) -> None:
        """Send a change to every subscription that wants it and whose user may see the record."""
        wanting = [entry for entry in self.subscriptions.values() if entry.wants(change)]
        if not wanting:
            return
        permitted, payload = self._permitted(change), self._payload(change)
        for entry in wanting:
            if str(entry.record["user_id"]) in permitted:
                self._start(entry, payload, permitted)

    def sweep(self) -> None:
        """Delete the subscriptions that had no successful delivery for three days."""
        now = self._world.clock.timestamp()
        for webhook_id, entry in list(self.subscriptions.items()):
            if entry.failing_since is not None and now - entry.failing_since >= DELETE_AFTER_SECONDS:
                del self.subscriptions[webhook_id]

    def _start(self, entry: Subscription, payload: Record, permitted: list[str]) -> None:
        now = self._world.clock.timestamp()
        if entry.banned_until > now:
            entry.lost += 1
            return
        if entry.banned_until:
            entry.banned_until, entry.first_failures = 0.0, 0
        meta = {
            **payload["meta"],
            "type": entry.record["type"],
            "webhook_id": str(entry.record["id"]),
            "webhook_owner_id": str(entry.record["owner_id"]),
            "permitted_user_ids": permitted,
        }
        self._send(_Delivery(entry.record["id"], {**payload, "meta": meta}))

    def _send(self, delivery: _Delivery, *, delay: float = 0) -> None:
        entry = self.subscriptions[delivery.webhook_id]
        body = {**delivery.payload, "meta": {**delivery.payload["meta"], "attempt": delivery.attempt}}
        self._poster.post(
            url=entry.record["subscription_url"],
            body=json.dumps(body, ensure_ascii=False).encode(),
            headers=entry.headers,
            timeout=TIMEOUT_SECONDS,
            delay=delay,
            on_result=lambda status: self._settle(delivery, status),
        )

    def _settle(self, delivery: _Delivery, status: int | None) -> None:
        with self._world.lock:
            entry = self.subscriptions.get(delivery.webhook_id)
            if entry is None:
                return
            entry.record["last_http_status"] = status
            entry.record["last_delivery_time"] = self._now()
            if status is not None and 200 <= status < 300:
                entry.delivered += 1
                entry.failing_since = None
            else:
                self._fail(entry, delivery)

    def _fail(self, entry: Subscription, delivery: _Delivery) -> None:
        now = self._world.clock.timestamp()
        entry.failing_since = entry.failing_since or now
        if delivery.attempt == 1:
            entry.first_failures += 1
            if entry.first_failures >= BAN_AFTER:
                entry.banned_until = now + BAN_SECONDS
        if delivery.attempt <= len(RETRY_DELAYS):
            retry = _Delivery(delivery.webhook_id, delivery.payload, delivery.attempt + 1)
            self._send(retry, delay=RETRY_DELAYS[delivery.attempt - 1])
        self.sweep()

    def _permitted(self, change: Change) -> list[str]:
        world = self._world
        record = change.after or change.before or {}
        deal = record if change.entity == "deal" else world.deals.get(record.get("deal_id") or 0)
        return [str(user.id) for user in world.users.values() if deal is None or user.sees(deal)]

    def _payload(self, change: Change) -> Record:
        data, previous = self._rendered(change)
        meta = {
            "action": change.action,
            "entity": change.entity,
            "entity_id": str(change.entity_id),
            "company_id": str(self._world.company.id),
            "user_id": str(change.actor.user_id),
            "id": str(uuid.uuid4()),
            "correlation_id": str(uuid.uuid4()),
            "is_bulk_edit": False,
            "timestamp": self._now(),
            "version": "2.0",
            "change_source": change.actor.source,
            "host": f"{self._world.company.domain}.pipedrive.com",
            **change.meta,
        }
        return {"meta": meta, "data": data, "previous": previous}

    def _rendered(self, change: Change) -> tuple[Record | None, Record | None]:
        before = told(self._world, change.entity, change.before)
        after = told(self._world, change.entity, change.after)
        return after, difference(before, after) if before is not None and after is not None else before

    def _now(self) -> str:
        return self._world.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _headers(record: Record) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Pipedrive Webhooks"}
    if record["http_auth_user"] is None:
        return headers
    pair = f"{record['http_auth_user']}:{record['http_auth_password'] or ''}"
    return {**headers, "Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
