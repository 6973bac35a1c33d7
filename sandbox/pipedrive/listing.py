"""Lists of API v2: filters, order, and pages by cursor."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from sandbox.pipedrive import strict
from sandbox.pipedrive.answers import Record, Reply, invalid
from sandbox.pipedrive.world import from_instant

Query = MultiDict[str, str]
DEFAULT_LIMIT = 100
MAX_LIMIT = 500
MAX_IDS = 100
SORTS = ("id", "update_time", "add_time")
# A caller who once asked for a huge `custom_fields` list gets refused; so is ours.
MAX_CUSTOM_FIELDS = 15
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def whole(query: Query, key: str) -> int | None:
    """Read a number from the query.

    :raises RefusedError: for anything else.
    """
    text = query.get(key)
    if text is None or text == "":
        return None
    if not _WHOLE.fullmatch(text):
        raise invalid([f"{key}: Expected 'number', received 'string'"])
    return int(text)


def choice(query: Query, key: str, allowed: tuple[str, ...], default: str) -> str:
    """Read one of a few words from the query.

    :raises RefusedError: for another word.
    """
    word = query.get(key, default)
    if word not in allowed:
        raise invalid([f"{key}: must be one of {', '.join(allowed)}"])
    return word


def choices(query: Query, key: str, allowed: tuple[str, ...]) -> list[str]:
    """Read some of a few words from the query, separated by commas.

    :raises RefusedError: for another word.
    """
    words = [word for word in query.get(key, "").split(",") if word]
    if not set(words) <= set(allowed):
        raise invalid([f"{key}: must be one of {', '.join(allowed)}"])
    return words


def flag(query: Query, key: str) -> bool:
    """Read a true or false from the query."""
    return choice(query, key, ("true", "false"), "false") == "true"


def numbers(query: Query, key: str) -> list[int] | None:
    """Read ids, separated by commas or repeated.

    :raises RefusedError: for more than 100 or anything that is not a number.
    """
    if key not in query:
        return None
    parts = [part.strip() for text in query.getlist(key) for part in text.split(",") if part.strip()]
    if len(parts) > MAX_IDS:
        raise invalid([f"{key}: must have at most {MAX_IDS} items"])
    if not all(_WHOLE.fullmatch(part) for part in parts):
        raise invalid([f"{key}: Expected a list of numbers"])
    return [int(part) for part in parts]


def custom_codes(query: Query) -> list[str] | None:
    """Read which custom fields are asked for.

    :raises RefusedError: for more than 15.
    """
    if not query.get("custom_fields"):
        return None
    codes = query["custom_fields"].split(",")
    if len(codes) > MAX_CUSTOM_FIELDS:
        raise invalid([f"custom_fields: must have at most {MAX_CUSTOM_FIELDS} items"])
    return codes


def moment(query: Query, key: str) -> datetime | None:
    """Read a time from the query.

    :raises RefusedError: for anything but whole-second RFC 3339.
    """
    text = query.get(key)
    if text is None:
        return None
    if problem := strict.instant(text):
        raise invalid([f"{key}: {problem}"])
    return from_instant(text)


def in_time(query: Query, records: Iterable[Record]) -> Iterable[Record]:
    """Keep the records that were updated in the asked time."""
    since, until = moment(query, "updated_since"), moment(query, "updated_until")
    if since:
        records = (record for record in records if from_instant(record["update_time"]) >= since)
    if until:
        end = until
        records = (record for record in records if from_instant(record["update_time"]) < end)
    return records


def page(
    query: Query, records: Iterable[Record], shown: Callable[[Record], Record], *, sorts: tuple[str, ...] = SORTS
) -> Reply:
    """Order the records and render one page of them."""
    limit = whole(query, "limit") or DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid([f"limit: must be between 1 and {MAX_LIMIT}"])
    key = choice(query, "sort_by", sorts, "id")
    backwards = choice(query, "sort_direction", ("asc", "desc"), "asc") == "desc"
    ordered = sorted(records, key=lambda record: (record[key], record["id"]), reverse=backwards)
    after = _read_cursor(query.get("cursor"))
    if after is not None:
        ordered = [record for record in ordered if _is_after(record, key, after, backwards=backwards)]
    rest = ordered[:limit]
    more = _cursor(rest[-1], key) if len(ordered) > limit else None
    return Reply([shown(record) for record in rest], {"additional_data": {"next_cursor": more}})


def _is_after(record: Record, key: str, after: tuple[Any, Any], *, backwards: bool) -> bool:
    here = (record[key], record["id"])
    try:
        return here < after if backwards else here > after
    except TypeError as err:
        raise invalid(["cursor: is not valid"]) from err


def _cursor(record: Record, key: str) -> str:
    content = {"field": key, "fieldValue": record[key], "id": record["id"]}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _read_cursor(text: str | None) -> tuple[Any, Any] | None:
    if not text:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return content["fieldValue"], content["id"]
    except (ValueError, KeyError, TypeError, binascii.Error) as err:
        raise invalid(["cursor: is not valid"]) from err
