"""How the Accounting API is spoken: headers, envelopes, and writes with their keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sync.clients.answers import AnswerSchema, dicts_of, loaded, payload, under, unreadable
from sync.clients.governor import Call, Governor
from sync.clients.transport import AuthorisedSession, Request, TokenSource, Transport
from sync.clients.xero._errors import XERO, check, refused

EXACT = {"unitdp": "4"}  # without it prices are rounded to two decimals, in reads as well


@dataclass(frozen=True)
class Kind:
    """A resource that we write: where it lies in the answer and how it is read."""

    key: str
    schema: AnswerSchema
    params: Mapping[str, str]


class Calls:
    """Speaks for one grant to one organisation."""

    def __init__(
        self, *, api_url: str, tenant_id: str, tokens: TokenSource, transport: Transport, governor: Governor
    ) -> None:
        self._base = f"{api_url.rstrip('/')}/api.xro/2.0"
        self._headers = {"Accept": "application/json", "xero-tenant-id": tenant_id}
        call = Call(XERO, tenant=tenant_id)
        self._session = AuthorisedSession(
            transport=transport, tokens=tokens, governor=governor, call_of=lambda _: call, check=check
        )

    def _listed(
        self, path: str, key: str, params: Mapping[str, str] | None = None, since: datetime | None = None
    ) -> tuple[Request, list[object]]:
        request, answer = self._asked(path, params, since)
        found = under(request, answer, key)
        if not isinstance(found, list):
            raise unreadable(request, f"{key} is not a list")
        return request, found

    def _asked(
        self, path: str, params: Mapping[str, str] | None = None, since: datetime | None = None
    ) -> tuple[Request, object]:
        headers = dict(self._headers)
        if since:
            # ISO in UTC and whole seconds, not the date of HTTP.
            headers["If-Modified-Since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        request = Request(XERO, "GET", self._base + path, params=params or {}, headers=headers)
        return request, payload(request, self._session.send(request))

    def _all(self, path: str, key: str, schema: AnswerSchema, params: Mapping[str, str] | None = None) -> Iterator[Any]:
        request, found = self._listed(path, key, params)
        return (loaded(request, schema, item) for item in found)

    def _only(self, path: str, key: str, schema: AnswerSchema, params: Mapping[str, str] | None = None) -> Any:
        request, found = self._listed(path, key, params)
        if not found:
            raise unreadable(request, f"nothing in {key}")
        return loaded(request, schema, found[0])

    def _write(self, method: str, path: str, kind: Kind, *, body: bytes, key: str) -> Any:
        request = self._write_request(method, path, body, key, params=kind.params)
        written = dicts_of(under(request, payload(request, self._session.send(request)), kind.key))
        if not written:
            raise unreadable(request, f"nothing in {kind.key}")
        if written[0].get("StatusAttributeString") == "ERROR":
            raise refused(written[0])
        return loaded(request, kind.schema, written[0])

    def _write_request(
        self, method: str, path: str, body: bytes, key: str, *, params: Mapping[str, str] | None = None
    ) -> Request:
        return Request(
            XERO,
            method,
            self._base + path,
            params=params or {},
            headers={**self._headers, "Content-Type": "application/json", "Idempotency-Key": key},
            body=body,
        )


def segment(identifier: str) -> str:
    """Make an id a part of a path."""
    return quote(identifier, safe="")
