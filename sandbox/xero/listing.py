"""What all lists have in common: envelope, pages, order, If-Modified-Since."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from sandbox.xero.config import APP_NAME
from sandbox.xero.errors import bad_query, json_answer
from sandbox.xero.services import Services
from sandbox.xero.values import Json, milliseconds, ms_time, new_id
from sandbox.xero.where import Getter, Getters, parse_where

_LARGEST_PAGE = 1000


def envelope(services: Services, name: str, rows: list[Json], pagination: Json | None = None) -> Response:
    """This will answer with rows the way every Xero answer wraps them."""
    now = milliseconds(services.clock.now())
    body: Json = {"Id": new_id(), "Status": "OK", "ProviderName": APP_NAME, "DateTimeUTC": f"/Date({now})/"}
    if pagination:
        body["pagination"] = pagination
    body[name] = rows
    return json_answer(body)


def number_argument(name: str, default: int, largest: int) -> int:
    """This will read a whole number from the query.

    :raises Refusal: with a 400 when it is none.
    """
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= largest:
        raise bad_query(f"{name} is not valid")
    return int(text)


def flag(name: str) -> bool:
    """This will read a boolean from the query."""
    return request.args.get(name, "").lower() == "true"


def four_places() -> bool:
    """This will tell whether this call asked for prices with four places."""
    return request.args.get("unitdp") == "4"


def listed(name: str) -> list[str] | None:
    """This will read a comma list from the query, or None when it is not there."""
    text = request.args.get(name)
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


def page_of(rows: list[Any], *, forced: bool = False) -> tuple[list[Any], Json | None]:
    """This will cut out the page that was asked for, with the figures that go with it."""
    if not (forced or "page" in request.args or "pageSize" in request.args):
        return rows, None
    page = number_argument("page", 1, 1_000_000)
    size = number_argument("pageSize", 100, _LARGEST_PAGE)
    first = (page - 1) * size
    count = -(-len(rows) // size)
    return rows[first : first + size], {"page": page, "pageSize": size, "pageCount": count, "itemCount": len(rows)}


def modified_since() -> int | None:
    """This will read If-Modified-Since: ISO, UTC; an HTTP date is not understood, so it filters nothing."""
    text = request.headers.get("If-Modified-Since", "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def ordered(rows: list[Any], getters: Getters, default: Callable[[Any], Any] | None = None) -> list[Any]:
    """This will sort by the query's `order`, or by the default."""
    text = request.args.get("order", "")
    if not text:
        return sorted(rows, key=default) if default else rows
    for part in reversed(text.split(",")):
        name, _, direction = part.strip().partition(" ")
        getter = getters(name.lower())
        if getter is None:
            raise bad_query(f"No property or field '{name}' exists")
        rows = sorted(rows, key=_key(getter), reverse=direction.strip().upper().startswith("DESC"))
    return rows


def _key(getter: Getter) -> Callable[[Any], Any]:
    return lambda row: (getter(row) is not None, getter(row))


def filtered(rows: Iterable[Any], getters: Getters) -> list[Any]:
    """This will keep what the query's `where` asks for."""
    text = request.args.get("where", "")
    if not text:
        return list(rows)
    wanted = parse_where(text, getters)
    return [row for row in rows if wanted(row)]


def dict_getters(*names: str) -> Getters:
    """This will find fields of records that are kept as Xero shows them, in any case of letters."""
    table = {name.lower(): tuple(name.split(".")) for name in names}

    def find(path: str) -> Getter | None:
        keys = table.get(path)
        if keys is None:
            return None
        if len(keys) == 1:
            return lambda row: row.get(keys[0])
        return lambda row: (row.get(keys[0]) or {}).get(keys[1])

    return find


def list_settings(services: Services, name: str, rows: Iterable[Json], getters: Getters) -> Response:
    """This will answer a short list that has no pages."""
    since = modified_since()
    found = filtered(rows, getters)
    if since is not None:
        found = [row for row in found if row.get("UpdatedDateUTC", ms_time(0)) >= ms_time(since)]
    return envelope(services, name, ordered(found, getters))
