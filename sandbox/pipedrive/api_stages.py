"""API v2: the pipeline and its stages, to be read."""

from sandbox.pipedrive.answers import Record, Reply
from sandbox.pipedrive.deals import PIPELINE_ID
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.listing import SORTS, page, whole

_READ = ("deals:read", "deals:full", "admin")
_SINCE = "2026-01-05T09:00:00Z"
routes = Routes()


@routes.add("GET", "/api/v2/pipelines", cost=5, scopes=_READ)
def list_pipelines(_desk: Desk, call: Call) -> Reply:
    """Answer with the only pipeline."""
    pipeline: Record = {
        "id": PIPELINE_ID,
        "name": "Projects",
        "order_nr": 1,
        "is_deleted": False,
        "is_deal_probability_enabled": True,
        "add_time": _SINCE,
        "update_time": _SINCE,
    }
    return page(call.query, [pipeline], lambda one: one)


@routes.add("GET", "/api/v2/stages", cost=5, scopes=_READ)
def list_stages(desk: Desk, call: Call) -> Reply:
    """Answer with a page of the pipeline's stages."""
    stages: list[Record] = [
        {
            "id": stage.id,
            "order_nr": place,
            "name": stage.name,
            "is_deleted": False,
            "deal_probability": stage.probability,
            "pipeline_id": PIPELINE_ID,
            "is_deal_rot_enabled": False,
            "days_to_rotten": None,
            "add_time": _SINCE,
            "update_time": _SINCE,
        }
        for place, stage in enumerate(desk.world.stages.values(), start=1)
        if whole(call.query, "pipeline_id") in (None, PIPELINE_ID)
    ]
    return page(call.query, stages, lambda one: one, sorts=(*SORTS, "order_nr"))
