"""Xero's `where`: a sound part of its .NET-like filter language, turned into a function."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.xero.errors import bad_query
from sandbox.xero.values import fold, from_ms_time

Predicate = Callable[[Any], bool]
Getter = Callable[[Any], Any]
Getters = Callable[[str], Getter | None]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*")
    |(?P<guid>guid\(\s*"([0-9a-fA-F-]{36})"\s*\))
    |(?P<time>DateTime\(\s*([0-9,\s]+)\))
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<op>==|!=|>=|<=|<>|=|>|<)
    |(?P<logic>&&|\|\||\bAND\b|\bOR\b)
    |(?P<paren>[()])
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_LITERALS = {"true": True, "false": False, "null": None}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "startswith": lambda value, part: value.startswith(part),
    "endswith": lambda value, part: value.endswith(part),
}
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def _split(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise bad_query(f"Unterminated or unexpected text at position {place}")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


def _plain(value: Any) -> Any:
    """This will bring both sides of a comparison to one kind."""
    if isinstance(value, str):
        return from_ms_time(value) if value.startswith("/Date(") else fold(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Xero's days have no zone
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        return fold(re.sub(r"\\(.)", r"\1", text[1:-1]))
    if kind == "guid":
        return text.split('"')[1].lower()
    if kind == "number":
        return Decimal(text)
    if kind == "time":
        try:
            return datetime(*map(int, text[text.index("(") + 1 : -1].split(",")))  # type: ignore[arg-type]  # noqa: DTZ001 - Xero's days have no zone
        except (TypeError, ValueError) as err:
            raise bad_query(f"{text} is not a date") from err
    if kind == "name" and text.lower() in _LITERALS:
        return _LITERALS[text.lower()]
    raise bad_query(f"A value was expected, not {text}")


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], getters: Getters) -> None:
        self._tokens, self._getters, self._place = tokens, getters, 0

    def whole(self) -> Predicate:
        """This will read the whole filter."""
        found = self._any()
        if self._place != len(self._tokens):
            raise bad_query("Syntax error in where")
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _any(self) -> Predicate:
        parts = [self._all()]
        while self._peek()[1].upper() in ("OR", "||"):
            self._next()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda one: any(part(one) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._peek()[1].upper() in ("AND", "&&"):
            self._next()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda one: all(part(one) for part in parts)

    def _one(self) -> Predicate:
        kind, text = self._next()
        if text == "(":
            inside = self._any()
            if self._next()[1] != ")":
                raise bad_query("')' expected")
            return inside
        if kind != "name":
            raise bad_query(f"A field was expected, not {text or 'the end'}")
        if self._peek()[1] == "(":
            return self._method(text)
        return self._comparison(self._getter(text))

    def _getter(self, path: str) -> Getter:
        getter = self._getters(path.lower())
        if getter is None:
            raise bad_query(f"No property or field '{path}' exists")
        return getter

    def _method(self, path: str) -> Predicate:
        path, _, name = path.rpartition(".")
        test, getter = _METHODS.get(name.lower()), self._getter(path)
        self._next()
        wanted = _literal(*self._next())
        if test is None or self._next()[1] != ")":
            raise bad_query(f"No applicable method '{name}' exists")
        return lambda one: test(fold(str(getter(one) or "")), wanted)

    def _comparison(self, getter: Getter) -> Predicate:
        kind, op = self._next()
        if kind != "op":
            raise bad_query(f"An operator was expected, not {op or 'the end'}")
        wanted = _literal(*self._next())
        if op in ("=", "=="):
            return lambda one: bool(_plain(getter(one)) == wanted)
        if op in ("!=", "<>"):
            return lambda one: bool(_plain(getter(one)) != wanted)
        compare = _ORDERED[op]

        def ordered(one: Any) -> bool:
            value = _plain(getter(one))
            try:
                return value is not None and compare(value, wanted)
            except TypeError as err:
                raise bad_query("Operator incompatible with operand types") from err

        return ordered


def parse_where(text: str, getters: Getters) -> Predicate:
    """This will turn a filter into a function of one record.

    :raises Refusal: with a 400 when it cannot be read.
    """
    return _Parser(_split(text), getters).whole()
