"""The vendors' own OpenAPI files, and which of their operations a call is."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, OAS31Validator, oas30_format_checker
from referencing import Registry, Specification

# They belong to the vendors and are no part of the repository.
FOLDER = Path(__file__).parents[2] / os.environ.get("INSTEP_SPECS", "../shared/specs")  # noqa: TID251  (a test's own)

Node = dict[str, Any]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: Vendor, the start of a path there, the file that describes it, and what of the path the file leaves to its `servers`.
_PLACES = (
    ("pipedrive", "/api/v2/", "pipedrive-v2", "/api/v2"),
    ("pipedrive", "/api/v1/", "pipedrive-v1", "/api/v1"),
    ("pipedrive", "/v1/", "pipedrive-v1", "/v1"),
    ("pipedrive", "/oauth/", "pipedrive-v1", ""),
    ("xero", "/api.xro/2.0/", "xero-accounting", "/api.xro/2.0"),
    ("xero", "/", "xero-identity", ""),
)


@dataclass(frozen=True)
class SpecFile:
    """One file; equal only to itself."""

    name: str
    content: Node

    def follow(self, node: Node) -> Node:
        """Give what a node says, itself or by reference."""
        while "$ref" in node:
            found: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    @cached_property
    def _validators(self) -> dict[tuple[int, bool], Any]:
        return {}

    @cached_property
    def _registry(self) -> Any:
        return Registry().with_resource(f"urn:{self.name}", Specification.OPAQUE.create_resource(self.content))

    def errors(self, schema: Node, value: object, *, sent: bool) -> Iterator[Any]:
        """Hold a value against a schema; `sent` by a client, in which nothing read-only has a place."""
        key = (id(schema), sent)
        if key not in self._validators:
            kind = OAS30WriteValidator if sent else OAS30ReadValidator
            if str(self.content["openapi"]).startswith("3.1"):
                kind = OAS31Validator
            anchored = _anchored(schema, f"urn:{self.name}")
            self._validators[key] = kind(anchored, registry=self._registry, format_checker=oas30_format_checker)
        yield from self._validators[key].iter_errors(value)


def _anchored(schema: Any, base: str) -> Any:
    """Point a schema's own references into the file; those further in are followed from there."""
    if isinstance(schema, list):
        return [_anchored(item, base) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {"$ref": base + schema["$ref"]}
    return {key: _anchored(value, base) for key, value in schema.items()}


@dataclass(frozen=True)
class Operation:
    """One operation of a file, or (without details) a call that no file knows."""

    file: SpecFile
    method: str
    template: str
    details: Node | None = None

    @property
    def name(self) -> str:
        """Name it as the file does, an unknown one by its method and path."""
        return str((self.details or {}).get("operationId") or f"{self.method} {self.template}")

    @cached_property
    def parameters(self) -> dict[tuple[str, str], Node]:
        """Give the parameters by place and name, those of headers in lower case."""
        found = [self.file.follow(one) for one in (self.details or {}).get("parameters", [])]
        found += [
            self.file.follow(one) for one in self.file.content["paths"].get(self.template, {}).get("parameters", [])
        ]
        return {(one["in"], one["name"].lower() if one["in"] == "header" else one["name"]): one for one in found}

    @property
    def body(self) -> Node | None:
        """Give what is said of the request's body."""
        body = (self.details or {}).get("requestBody")
        return None if body is None else self.file.follow(body)

    def answer(self, status: int) -> Node | None:
        """Give what is said of an answer."""
        found = (self.details or {}).get("responses", {}).get(str(status))
        return None if found is None else self.file.follow(found)

    @property
    def schemes(self) -> dict[str, frozenset[str]]:
        """Give the ways to be let in by the scheme's name in lower case, each with the scopes of which one is enough."""
        listed = (self.details or {}).get("security", [])
        return {name.lower(): frozenset(scopes) for one in listed for name, scopes in one.items()}

    @property
    def scopes(self) -> frozenset[str]:
        """Give the scopes of which one opens it, by the file."""
        return self.schemes.get("oauth2", frozenset())

    @property
    def count_of_formats(self) -> int:
        """Count the placeholders that take only texts of a certain format."""
        return sum(place == "path" and "format" in one["schema"] for (place, _), one in self.parameters.items())

    def parts_of(self, path: str) -> dict[str, str]:
        """Give the values that stand for the template's placeholders."""
        match = _pattern(self.template).fullmatch(path)
        return match.groupdict() if match else {}


@dataclass(frozen=True)
class Specs:
    """All of the files."""

    files: dict[str, SpecFile]

    def operations_of(self, vendor: str, method: str, path: str) -> list[tuple[Operation, str]]:
        """Give the operations that a call may be, likeliest first, each with the path as its file has it."""
        name, prefix = next(place[2:] for place in _PLACES if place[0] == vendor and path.startswith(place[1]))
        file, bare = self.files[name], path.removeprefix(prefix)
        found = [
            Operation(file, method, template, known[method.lower()])
            for template, known in file.content["paths"].items()
            if method.lower() in known and _pattern(template).fullmatch(bare)
        ]
        # Fixed addresses go before those with a placeholder, and a placeholder of a format before one of any text.
        found.sort(key=lambda one: (one.template.count("{"), -one.count_of_formats))
        fewest = [one for one in found if one.template.count("{") == found[0].template.count("{")]
        return [(one, bare) for one in fewest] or [(Operation(file, method, _UUID.sub("{id}", bare)), bare)]


def _pattern(template: str) -> re.Pattern[str]:
    # In any letter case: the judge says where it differs.
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)), re.IGNORECASE)


def load() -> Specs:
    """Read the files.

    :raises FileNotFoundError: when one is not there.
    """
    names = {place[2] for place in _PLACES} | {"xero-webhooks"}
    texts = {name: (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") for name in sorted(names)}
    return Specs({name: SpecFile(name, yaml.load(text, Loader=yaml.CSafeLoader)) for name, text in texts.items()})
