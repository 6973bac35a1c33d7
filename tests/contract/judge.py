"""Holds an exchange against the file that describes it, and names every place where they differ."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.contract.exchanges import Exchange
from tests.contract.specs import Node, Operation, SpecFile, Specs

LONGEST_KEY = 128  # the file says so only in the description of `Idempotency-Key`
_FIELD_CODE = re.compile(r"[0-9a-f]{40}(_\w+)?")
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, order=True)
class Problem:
    """A place where file and wire differ; the example does not count."""

    file: str
    operation: str
    where: str
    what: str
    example: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Write it as a line of a report."""
        return f"{self.file} {self.operation}: {self.where}: {self.what}  ({self.example[:160]})"


Finding = tuple[str, str, str]  # where, what, example
Scopes = frozenset[str]


@dataclass(frozen=True)
class Judge:
    """Knows the files, which scopes a token has, and which scopes an operation really wants."""

    specs: Specs
    granted: Callable[[str], Scopes | None]
    wanted: Callable[[Operation], Scopes]

    def problems(self, exchange: Exchange) -> tuple[Operation, list[Problem]]:
        """Name the operation and what is wrong with the exchange."""
        candidates = self.specs.operations_of(exchange.vendor, exchange.method, exchange.path)
        # Two templates may fit (a contact by id or by number): it is the one whose placeholders take the values.
        operation, path = min(candidates, key=lambda one: len(list(_path_problems(one[0], one[1]))))
        found: list[Finding] = []
        if operation.details is None:
            found.append(("operation", "undeclared", ""))
        else:
            found += [] if exchange.meant_wrong else self._request(operation, path, exchange)
            found += _answer(operation, exchange)
        return operation, [Problem(operation.file.name, operation.name, *finding) for finding in found]

    def _request(self, operation: Operation, path: str, exchange: Exchange) -> Iterator[Finding]:
        yield from _path_problems(operation, path)
        yield from _query_problems(operation, exchange)
        yield from _header_problems(operation, exchange)
        yield from _body_problems(operation, exchange)
        yield from self._security_problems(operation, exchange)

    def _security_problems(self, operation: Operation, exchange: Exchange) -> Iterator[Finding]:
        schemes = operation.schemes
        if "basic_authentication" in schemes and not exchange.headers.get("authorization", "").startswith("Basic "):
            yield "request security", "not basic", ""
        if "oauth2" not in schemes:
            return
        if not exchange.bearer:
            yield "request security", "no token", ""
            return
        wanted: Scopes = self.wanted(operation)
        granted = self.granted(exchange.bearer)
        if granted is not None and wanted and not wanted & granted:
            yield "request security", "scope", f"{sorted(granted)} for one of {sorted(wanted)}"


def delivery_problems(specs: Specs, body: bytes) -> list[Problem]:
    """Name what is wrong with a webhook that Xero sent."""
    file, value = specs.files["xero-webhooks"], json.loads(body)
    kinds = {event["eventCategory"].lower() for event in value["events"]}
    known = {hook.removesuffix("s"): said["post"] for hook, said in file.content["webhooks"].items()}
    # A delivery may mix categories; asking whether we mean to receive has none. All have the same schema.
    return [
        Problem(file.name, known[kind]["operationId"] if kind else "intent to receive", *finding)
        for kind in sorted(kinds) or [""]
        for finding in _content_problems(
            file, known[kind or "invoice"]["requestBody"]["content"][_JSON], value, "request body", sent=True
        )
    ]


def _path_problems(operation: Operation, path: str) -> Iterator[Finding]:
    if re.sub(r"\{(\w+)\}", lambda name: operation.parts_of(path)[name[1]], operation.template) != path:
        yield "request path", "letter case", path
    for name, text in operation.parts_of(path).items():
        declared = operation.parameters.get(("path", name))
        yield from _value_problems(operation.file, declared, text, f"request path {name}")


def _query_problems(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    for name, text in exchange.query:
        declared = operation.parameters.get(("query", name))
        yield from _value_problems(operation.file, declared, text, f"request query {name}")
    sent = {name for name, _ in exchange.query}
    for (place, name), declared in operation.parameters.items():
        if place == "query" and declared.get("required") and name not in sent:
            yield f"request query {name}", "missing", ""


def _header_problems(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    for (place, name), declared in operation.parameters.items():
        text = exchange.headers.get(name)
        if place == "header" and text is not None:
            yield from _value_problems(operation.file, declared, text, f"request header {name}")
        elif place == "header" and declared.get("required"):
            yield f"request header {name}", "missing", ""
    if len(exchange.headers.get("idempotency-key", "")) > LONGEST_KEY:
        yield "request header idempotency-key", "length", ""
    offered = {kind for answer in _answers(operation) for kind in answer.get("content", {})}
    accepted = {one.split(";")[0].strip() for one in exchange.headers.get("accept", "").split(",")}
    # Without it Xero answers in XML, of which its file says nothing.
    if offered and not offered & accepted:
        yield "request header accept", "undeclared", exchange.headers.get("accept", "")


def _answers(operation: Operation) -> list[Node]:
    return [operation.file.follow(one) for one in (operation.details or {})["responses"].values()]


def _value_problems(file: SpecFile, declared: Node | None, text: str, where: str) -> Iterator[Finding]:
    if declared is None:
        yield where, "undeclared", text
        return
    schema = file.follow(declared["schema"])
    for error in file.errors(schema, _read(file, schema, text), sent=True):
        yield where, str(error.validator), error.message


def _read(file: SpecFile, schema: Node, text: str) -> object:
    """Read a parameter's text as its type; what cannot be read so stays text, and is found out."""
    kind = schema.get("type")
    if kind == "array":
        return [_read(file, file.follow(schema["items"]), part) for part in text.split(",")]
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return text


def _body_problems(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    declared, kind = operation.body, exchange.headers.get("content-type", "").split(";")[0]
    if not exchange.body:
        if declared and declared.get("required"):
            yield "request body", "missing", ""
        return
    media = (declared or {}).get("content", {}).get(kind)
    if media is None:
        yield "request body", "undeclared", kind
        return
    value = dict(parse_qsl(exchange.body.decode())) if kind == _FORM else json.loads(exchange.body)
    yield from _content_problems(operation.file, media, value, "request body", sent=True)


def _answer(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    declared = operation.answer(exchange.status)
    if declared is None:
        yield f"answer {exchange.status}", "undeclared", exchange.answer.decode("utf-8", "replace")
        return
    content, kind = declared.get("content", {}), exchange.answer_headers.get("content-type", "").split(";")[0]
    if not exchange.answer:
        if content:
            yield f"answer {exchange.status}", "empty", ""
    elif kind not in content:
        yield f"answer {exchange.status}", "other type", kind
    elif kind == _JSON:
        where, value = f"answer {exchange.status}", json.loads(exchange.answer)
        yield from _content_problems(operation.file, content[kind], value, where, sent=False)


def _content_problems(file: SpecFile, media: Node, value: object, where: str, *, sent: bool) -> Iterator[Finding]:
    # What the file itself shows in an example it has only forgotten to declare.
    schema, shown = media.get("schema", {}), _shown(media)
    for error in file.errors(schema, value, sent=sent):
        place = _place(error.absolute_path)
        if error.validator == "required":
            missing = error.message.split("'")[1]
            yield f"{where} {place}.{missing}", "missing", error.message
        elif error.instance is not None:
            yield f"{where} {place}", str(error.validator), error.message
        elif (place, True) not in shown:
            yield f"{where} {place}", "null", error.message
    for steps, example in undeclared(file, [schema], value):
        if not {(_place(steps), True), (_place(steps), False)} & shown:
            yield f"{where} {_place(steps)}", "undeclared", repr(example)


def _shown(media: Node) -> set[tuple[str, bool]]:
    """List every place in the file's own examples, and whether it is null there."""
    examples = [media.get("example"), *(one.get("value") for one in media.get("examples", {}).values())]
    return {
        (_place(steps), value is None)
        for example in examples
        for steps, value in _leaves(json.loads(example) if isinstance(example, str) else example)
    }


def _leaves(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    yield steps, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _leaves(child, (*steps, step))


def _place(steps: Any) -> str:
    named = ["[]" if isinstance(step, int) else f".{_FIELD_CODE.sub('*', step)}" for step in steps]
    return "$" + "".join(named)


def undeclared(
    file: SpecFile, schemas: list[Node], value: Any, steps: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Name the properties that no schema knows: files rarely close their objects, yet a wrong name is a wrong name."""
    flat = [one for schema in schemas for one in _flat(file, schema)]
    if isinstance(value, list):
        items = [one["items"] for one in flat if isinstance(one.get("items"), dict)]
        for number, item in enumerate(value) if items else ():
            yield from undeclared(file, items, item, (*steps, number))
    if not isinstance(value, dict) or not any("properties" in one for one in flat):
        return
    for name, item in value.items():
        known = [one["properties"][name] for one in flat if name in one.get("properties", {})]
        others = [one["additionalProperties"] for one in flat if one.get("additionalProperties")]
        if known:
            yield from undeclared(file, known, item, (*steps, name))
        elif not others:
            yield (*steps, name), item


def declared_properties(file: SpecFile, schema: Node) -> Node:
    """Give the properties that a schema knows, by name."""
    return {name: said for one in _flat(file, schema) for name, said in one.get("properties", {}).items()}


def _flat(file: SpecFile, schema: Node) -> Iterator[Node]:
    schema = file.follow(schema)
    yield schema
    for kind in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(kind, []):
            yield from _flat(file, one)
