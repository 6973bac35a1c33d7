"""Records as webhooks v2 carry them, which differs from how API v2 answers."""

from sandbox.pipedrive import fields
from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.builtin_fields import custom_fields
from sandbox.pipedrive.world import World

# https://pipedrive.readme.io/docs/webhooks-v2-migration-guide
KINDS = ("deal", "person", "organization", "product")
_LEFT_OUT = ("is_deleted", "local_won_date", "local_lost_date", "local_close_date", "acv", "arr", "mrr")
# A real delivery of January 2026 had only the moved stage in `previous`, not the times that moved with it.
_QUIET = ("update_time", "stage_change_time", "custom_fields")


def told(world: World, kind: str, record: Record | None) -> Record | None:
    """Render a record: typed custom fields, `visible_to` as text; other kinds of record go as they are."""
    if record is None or kind not in KINDS:
        return record
    known = custom_fields(world, kind)
    shown = {key: value for key, value in record.items() if key not in _LEFT_OUT}
    if kind == "deal":
        shown["first_won_time"] = record["won_time"]
    return shown | {
        "visible_to": str(record["visible_to"]),
        "custom_fields": {code: fields.typed(known[code], record["custom_fields"].get(code)) for code in known},
    }


def difference(before: Record, after: Record) -> Record:
    """Pick out of the told state before what is different now."""
    different = {key: before.get(key) for key in after if before.get(key) != after[key] and key not in _QUIET}
    old, new = before.get("custom_fields", {}), after.get("custom_fields", {})
    changed = {code: old.get(code) for code in {**new, **old} if old.get(code) != new.get(code)}
    return {**different, "custom_fields": changed} if changed else different
