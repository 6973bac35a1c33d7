"""What the rules ask of Pipedrive: deals won and moved, stages, and activities."""

from datetime import UTC, date, datetime

from sync.clients.pipedrive._calls import PAGE_SIZE, Calls
from sync.clients.pipedrive._sales_schemas import ActivitySchema, PipelineSchema, StageSchema
from sync.clients.pipedrive._schemas import DealSchema
from sync.domain.crm import Deal, Stage

_PIPELINES, _STAGES, _ACTIVITIES = PipelineSchema(), StageSchema(), ActivitySchema()


class Sales(Calls):
    """The verbs about how deals are sold."""

    # https://developers.pipedrive.com/docs/api/v1/Deals#updateDeal
    def set_deal_status(self, *, deal_id: int, status: str) -> Deal:
        """Mark a deal as won, and change nothing else of it."""
        path, content = f"/api/v2/deals/{deal_id:d}", {"status": status}
        deal: Deal = self._one("PATCH", path, DealSchema(), content=content)
        return deal

    # https://developers.pipedrive.com/docs/api/v1/Deals#updateDeal
    def move_deal(self, *, deal_id: int, stage_id: int) -> Deal:
        """Move a deal to a stage; the stage's pipeline comes with it."""
        path, content = f"/api/v2/deals/{deal_id:d}", {"stage_id": stage_id}
        deal: Deal = self._one("PATCH", path, DealSchema(), content=content)
        return deal

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDeals
    def deals_since(self, *, since: datetime, status: str = "", stage_id: int | None = None) -> tuple[Deal, ...]:
        """Fetch the deals that changed since, of those that this user may see, the newest first: one page of 500."""
        params = {"updated_since": whole_seconds(since), "sort_by": "update_time", "sort_direction": "desc"}
        params |= {"limit": str(PAGE_SIZE)} | ({"status": status} if status else {})
        params |= {"stage_id": str(stage_id)} if stage_id is not None else {}
        return tuple(self._loaded_each(self._list("/api/v2/deals", params), DealSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Stages#getStages
    def list_stages(self) -> tuple[Stage, ...]:
        """Fetch the stages of all pipelines, in the order in which Pipedrive shows them: two calls."""
        lines = {one["pipeline_id"]: one for one in self._loaded_each(self._paged("/api/v2/pipelines", {}), _PIPELINES)}
        found = [one for one in self._loaded_each(self._paged("/api/v2/stages", {}), _STAGES) if not one["is_deleted"]]
        kept = [one for one in found if (line := lines.get(one["pipeline_id"])) and not line["is_deleted"]]
        kept.sort(key=lambda one: (lines[one["pipeline_id"]]["order"], one["pipeline_id"], one["order"]))
        return tuple(Stage(one["stage_id"], one["name"], lines[one["pipeline_id"]]["name"]) for one in kept)

    # https://developers.pipedrive.com/docs/api/v1/Activities#addActivity
    def add_activity(self, *, deal_id: int, owner_id: int, subject: str, note: str, due: date) -> None:
        """Give a deal's owner something to do."""
        content = {
            "subject": subject,
            "type": "task",
            "deal_id": deal_id,
            "owner_id": owner_id,
            "due_date": due.isoformat(),
            "note": note,
        }
        self._one("POST", "/api/v2/activities", _ACTIVITIES, content=content)

    # https://developers.pipedrive.com/docs/api/v1/Activities#getActivities
    def has_activity(self, *, deal_id: int, subject: str, since: datetime) -> bool:
        """Ask whether a deal has an activity with exactly this subject that was added since."""
        found = self._loaded_each(self._paged("/api/v2/activities", {"deal_id": f"{deal_id:d}"}), _ACTIVITIES)
        return any(one["subject"] == subject and one["add_time"] and one["add_time"] >= since for one in found)


def whole_seconds(moment: datetime) -> str:
    """Write a moment as lists take it: a fraction is refused."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
