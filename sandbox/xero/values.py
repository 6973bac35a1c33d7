"""How Xero writes dates, numbers and ids in its JSON."""

import json
import re
import unicodedata
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]
CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
_TOO_LARGE = Decimal(10) ** 15
_EPOCH = date(1970, 1, 1)
_EPOCH_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_MS_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")


def new_id() -> str:
    """This will give a fresh id in Xero's form."""
    return str(uuid.uuid4())


def is_guid(text: object) -> bool:
    """This will tell whether a text is a GUID."""
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def round2(amount: Decimal) -> Decimal:
    """This will round to cents, halves away from zero (Xero: 2.165 becomes 2.17)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def round4(amount: Decimal) -> Decimal:
    """This will round to four places, halves away from zero."""
    return amount.quantize(FOUR_PLACES, ROUND_HALF_UP)


def to_decimal(value: object) -> Decimal:
    """This will read a number that came as a JSON number or as text.

    :raises ValueError: when it is neither.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise ValueError(value)
    try:
        number = Decimal(value)
    except InvalidOperation as err:
        raise ValueError(value) from err
    if not number.is_finite() or abs(number) >= _TOO_LARGE:
        raise ValueError(value)
    return number


def milliseconds(moment: datetime) -> int:
    """This will count the milliseconds since 1970."""
    return (moment - _EPOCH_TIME) // timedelta(milliseconds=1)


def ms_time(ms: int) -> str:
    """This will write a moment as Xero's JSON does."""
    return f"/Date({ms}+0000)/"


def ms_date(day: date) -> str:
    """This will write a day as Xero's JSON does: midnight UTC."""
    return f"/Date({(day - _EPOCH).days * 86_400_000}+0000)/"


def day_string(day: date) -> str:
    """This will write the ...String twin of a day."""
    return f"{day.isoformat()}T00:00:00"


def utc_string(ms: int) -> str:
    """This will write the ...UTCString twin of a moment."""
    return (_EPOCH_TIME + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_ms_time(text: str) -> datetime:
    """This will read a moment that Xero's JSON shows; it has no zone, as in Xero's filters."""
    match = _MS_DATE.fullmatch(text)
    return (_EPOCH_TIME + timedelta(milliseconds=int(match[1]) if match else 0)).replace(tzinfo=None)


def to_day(value: object) -> date:
    """This will read a day written as YYYY-MM-DD, with a time behind it, or as /Date(ms)/.

    :raises ValueError: when it is none of them.
    """
    if not isinstance(value, str):
        raise ValueError(value)
    match = _MS_DATE.fullmatch(value)
    if match:
        try:
            return (_EPOCH_TIME + timedelta(milliseconds=int(match[1]))).date()
        except OverflowError as err:
            raise ValueError(value) from err
    return datetime.fromisoformat(value).date()


def fold(text: str) -> str:
    """This will strip case and accents, as Xero's database compares text."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _number(value: object) -> float:
    # A double prints up to 15 digits exactly, and the rules let nothing longer in.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))


_ENCODER = json.JSONEncoder(default=_number, ensure_ascii=False, check_circular=False)


def dump(value: object) -> str:
    """This will write JSON with money as exact numbers."""
    return _ENCODER.encode(value)


def load(body: bytes) -> Any:
    """This will read JSON with every number exact.

    :raises ValueError: when it is not JSON.
    """
    return json.loads(body, parse_float=Decimal)


def both_addresses(rows: list[Json]) -> list[Json]:
    """This will give both kinds of address, as every contact has them."""
    given = {row.get("AddressType"): {key: value for key, value in row.items() if value is not None} for row in rows}
    empty = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
    return [{"AddressType": kind, **empty, **given.get(kind, {})} for kind in ("STREET", "POBOX")]
