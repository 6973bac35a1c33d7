"""Pipedrive's own OpenAPI files, as judges of our answers."""

import functools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator

# They belong to the vendor and are not part of the repository: they stand beside it, where they are at all.
FOLDER = Path(__file__).parents[5] / "shared" / "specs"
BASES = {"v1": r"/(?:api/)?v1", "v2": r"/api/v2"}
# Where the files are wrong about answers. They call almost nothing nullable, yet what is unset comes as null: the last
# page's cursor and an address's parts by the migration guide, the rest as in real webhooks of January 2026.
# https://pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide
NULL_IN_LIFE = frozenset(
    {
        "next_cursor", "person_id", "org_id", "deal_id", "lead_id", "project_id", "won_time", "lost_time",
        "expected_close_date", "subpremise", "sublocality", "admin_area_level_1", "admin_area_level_2", "country",
        "locality", "postal_code", "route", "street_number", "conference_meeting_client", "conference_meeting_id",
        "conference_meeting_url", "location", "marked_as_done_time", "public_description", "priority", "note",
        "last_update_user_id", "organization", "person", "deal", "icon_url",
    }
)  # fmt: skip
# A discount's id is a UUID everywhere else in the file, and a number in the answer to its deletion.
OTHER_IN_LIFE = frozenset({("DELETE", "/deals/{id}/discounts/{discount_id}", "$.data.id")})


@functools.cache
def document(version: str) -> dict[str, Any]:
    """Read one of the files; where it is not there, the test is skipped."""
    path = FOLDER / f"pipedrive-{version}.yaml"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the repository")
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def find_operation(method: str, path: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Find the template and the operation for an address, with the file that it is in."""
    version = "v2" if path.startswith("/api/v2") else "v1"
    spec = document(version)
    bare = re.sub(f"^{BASES[version]}", "", path.partition("?")[0])
    # Fixed addresses go before those with a placeholder.
    for template in sorted(spec["paths"], key=lambda text: text.count("{")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, bare) and method.lower() in spec["paths"][template]:
            return template, spec["paths"][template][method.lower()], spec
    raise AssertionError(f"{method} {path} is in no file")


def deviations(method: str, path: str, status: int, body: Any) -> set[str]:
    """List where an answer differs from the file: names of properties that are null, else whole complaints."""
    template, operation, spec = find_operation(method, path)
    assert str(status) in operation["responses"], f"{status} is not an answer of {operation['operationId']}"
    content = operation["responses"][str(status)]["content"]["application/json"]
    errors = OAS30Validator(inlined(content["schema"], spec)).iter_errors(body)
    return {
        error.json_path.rpartition(".")[2]
        if error.instance is None
        else f"{method} {template} {error.json_path}: {error.message}"
        for error in errors
        if (method, template, error.json_path) not in OTHER_IN_LIFE
    }


def inlined(schema: Any, spec: dict[str, Any]) -> Any:
    """Put what is referred to in the place of the reference."""
    if isinstance(schema, list):
        return [inlined(item, spec) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target: Any = spec
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return inlined(target, spec)
    return {key: inlined(value, spec) for key, value in schema.items()}
