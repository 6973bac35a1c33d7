"""The fields that every company has, by kind of record."""

from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.fields import built_in
from sandbox.pipedrive.world import World

_BUILT_IN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "deal": (
        ("id", "ID", "int"),
        ("title", "Title", "varchar"),
        ("value", "Value", "monetary"),
        ("currency", "Currency", "varchar"),
        ("owner_id", "Owner", "user"),
        ("creator_user_id", "Creator", "user"),
        ("person_id", "Contact person", "people"),
        ("org_id", "Organization", "org"),
        ("pipeline_id", "Pipeline", "int"),
        ("stage_id", "Stage", "stage"),
        ("status", "Status", "status"),
        ("add_time", "Deal created", "date"),
        ("update_time", "Update time", "date"),
        ("won_time", "Won time", "date"),
        ("lost_time", "Lost time", "date"),
        ("lost_reason", "Lost reason", "varchar_options"),
        ("expected_close_date", "Expected close date", "date"),
        ("probability", "Probability", "int"),
        ("visible_to", "Visible to", "visible_to"),
    ),
    "person": (
        ("id", "ID", "int"),
        ("name", "Name", "varchar"),
        ("emails", "Email", "varchar"),
        ("phones", "Phone", "phone"),
        ("org_id", "Organization", "org"),
        ("owner_id", "Owner", "user"),
        ("postal_address", "Postal address", "address"),
        ("job_title", "Job title", "varchar"),
    ),
    "organization": (
        ("id", "ID", "int"),
        ("name", "Name", "varchar"),
        ("owner_id", "Owner", "user"),
        ("address", "Address", "address"),
        ("website", "Website", "varchar"),
    ),
    "product": (
        ("id", "ID", "int"),
        ("name", "Name", "varchar"),
        ("code", "Product code", "varchar"),
        ("unit", "Unit", "varchar"),
        ("tax", "Tax", "double"),
        ("owner_id", "Owner", "user"),
    ),
}


def add_built_in_fields(world: World) -> None:
    """Give the company its built-in fields."""
    for kind, fields in _BUILT_IN.items():
        world.fields[kind] = {code: built_in(code, name, field_type) for code, name, field_type in fields}


def custom_fields(world: World, kind: str) -> dict[str, Record]:
    """List the custom fields of one kind of record."""
    return {code: field for code, field in world.fields[kind].items() if field["is_custom_field"]}
