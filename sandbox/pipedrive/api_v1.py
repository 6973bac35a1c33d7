"""API v1, what is left of it: users, currencies, notes; and the activities of v2."""

import re
from typing import Any

from sandbox.pipedrive import strict
from sandbox.pipedrive.answers import Record, RefusedError, Reply, failure
from sandbox.pipedrive.api_deals import visible
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.listing import SORTS, numbers, page, whole
from sandbox.pipedrive.world import Change, v1_time

_NOTES_READ = ("deals:read", "deals:full", "contacts:read", "contacts:full")
_NOTES_WRITE = ("deals:full", "contacts:full")
_NOTE_LIMIT = 100
_FLAGS = tuple(f"pinned_to_{kind}_flag" for kind in ("deal", "organization", "person", "lead", "project", "task"))
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def _moment(value: Any) -> str | None:
    return strict.string(value) or (None if _MOMENT.fullmatch(value) else "is not a valid datetime")


def _nowhere(_value: Any) -> str:
    # This company has neither leads nor projects nor tasks.
    return "does not exist"


NOTE_RULES: dict[str, strict.Check] = {
    "content": strict.text(shortest=1, longest=100_000),
    "deal_id": strict.integer,
    "person_id": strict.integer,
    "org_id": strict.integer,
    **dict.fromkeys(("lead_id", "project_id", "task_id"), _nowhere),
    "user_id": strict.integer,
    "add_time": _moment,
    **dict.fromkeys(_FLAGS, strict.one_of(0, 1)),
}
ACTIVITY_RULES: dict[str, strict.Check] = {
    "subject": strict.text(shortest=1, longest=255),
    "type": strict.string,
    "owner_id": strict.integer,
    "deal_id": strict.integer,
    "person_id": strict.integer,
    "org_id": strict.integer,
    **dict.fromkeys(("lead_id", "project_id"), _nowhere),
    "due_date": strict.day,
    "due_time": strict.string,
    "duration": strict.string,
    "busy": strict.boolean,
    "done": strict.boolean,
    "public_description": strict.string,
    "priority": strict.integer,
    "note": strict.string,
    "participants": strict.objects,
    "attendees": strict.objects,
    "location": strict.an_object,
}
_SCRIPT = re.compile(r"(?is)<script.*?</script>|\son\w+=(\"[^\"]*\"|'[^']*')")
routes = Routes()


@routes.add("GET", "/v1/users/me", cost=2, scopes=("base",))
def get_me(desk: Desk, call: Call) -> Reply:
    """Answer with the token's user and their company."""
    company = desk.world.company
    return Reply(call.user.card(currency=company.currency, is_you=True) | company.card(call.user))


@routes.add("GET", "/v1/users", cost=20, scopes=("users:read",))
def list_users(desk: Desk, call: Call) -> Reply:
    """Answer with all users; this list has no pages."""
    currency = desk.world.company.currency
    return Reply([user.card(currency=currency, is_you=user == call.user) for user in desk.world.users.values()])


@routes.add("GET", "/v1/users/<int:user_id>", cost=2, scopes=("users:read",))
def get_user(desk: Desk, call: Call, user_id: int) -> Reply:
    """Answer with one user."""
    user = desk.world.users.get(user_id)
    if user is None:
        raise RefusedError(404, "User not found")
    return Reply(user.card(currency=desk.world.company.currency, is_you=user == call.user))


@routes.add("GET", "/v1/currencies", cost=20, scopes=("base",))
def list_currencies(desk: Desk, call: Call) -> Reply:
    """Answer with the company's currencies; this list has no pages."""
    term = call.query.get("term", "").casefold()
    known = desk.world.currencies.values()
    return Reply([one for one in known if term in one["code"].casefold() or term in one["name"].casefold()])


@routes.add("POST", "/v1/notes", cost=10, scopes=_NOTES_WRITE)
def post_note(desk: Desk, call: Call) -> Reply:
    """Pin a note to a deal, person or organization."""
    values = _note_values(desk, call, required=("content",))
    if not {"deal_id", "person_id", "org_id"} & values.keys():
        raise RefusedError(400, "", body=failure("At least one of deal_id, person_id, org_id must be provided"))
    if "deal_id" in values:
        visible(desk, call, values["deal_id"])
    now = v1_time(desk.world.now())
    note: Record = {
        "id": desk.world.next_id("note"),
        "active_flag": True,
        "add_time": now,
        "update_time": now,
        "deal_id": None,
        "person_id": None,
        "org_id": None,
        "lead_id": None,
        "project_id": None,
        "last_update_user_id": None,
        "user_id": call.user.id,
        **dict.fromkeys(_FLAGS, False),
        **values,
    }
    desk.world.notes[note["id"]] = note
    desk.world.tell(Change("note", note["id"], "create", None, note, call.actor))
    return Reply(_shown_note(desk, call, note))


@routes.add("GET", "/v1/notes", cost=20, scopes=_NOTES_READ)
def list_notes(desk: Desk, call: Call) -> Reply:
    """Answer with notes, in the numbered pages of v1."""
    found = list(desk.world.notes.values())
    for key in ("deal_id", "person_id", "org_id", "user_id"):
        value = whole(call.query, key)
        found = found if value is None else [note for note in found if note[key] == value]
    start, limit = whole(call.query, "start") or 0, whole(call.query, "limit") or _NOTE_LIMIT
    more = len(found) > start + limit
    pagination: Record = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        pagination["next_start"] = start + limit
    shown = [_shown_note(desk, call, note) for note in found[start : start + limit]]
    return Reply(shown, {"additional_data": {"pagination": pagination}})


@routes.add("GET", "/v1/notes/<int:note_id>", cost=2, scopes=_NOTES_READ)
def get_note(desk: Desk, call: Call, note_id: int) -> Reply:
    """Answer with one note."""
    return Reply(_shown_note(desk, call, _note(desk, note_id)))


@routes.add("PUT", "/v1/notes/<int:note_id>", cost=10, scopes=_NOTES_WRITE)
def put_note(desk: Desk, call: Call, note_id: int) -> Reply:
    """Change a note."""
    before = _note(desk, note_id)
    after = before | _note_values(desk, call)
    desk.world.notes[note_id] = after | {
        "update_time": v1_time(desk.world.now()),
        "last_update_user_id": call.user.id,
    }
    desk.world.tell(Change("note", note_id, "change", before, desk.world.notes[note_id], call.actor))
    return Reply(_shown_note(desk, call, desk.world.notes[note_id]))


def _note(desk: Desk, note_id: int) -> Record:
    if note_id not in desk.world.notes:
        raise RefusedError(404, "Note not found")
    return desk.world.notes[note_id]


def _note_values(desk: Desk, call: Call, *, required: tuple[str, ...] = ()) -> Record:
    values = strict.fit(call.body, NOTE_RULES, required=required)
    if values.get("user_id", call.user.id) != call.user.id and not call.user.admin:
        raise RefusedError(403, "Only an admin can change the author of a note")
    if values.get("user_id", call.user.id) not in desk.world.users:
        raise RefusedError(400, "user_id does not exist")
    if "content" in values:
        values["content"] = _SCRIPT.sub("", values["content"])
    return {key: bool(value) if key in _FLAGS else value for key, value in values.items()}


def _shown_note(desk: Desk, call: Call, note: Record) -> Record:
    world = desk.world
    author = world.users[note["user_id"]]
    deal = world.deals.get(note["deal_id"] or 0)
    person, org = world.persons.get(note["person_id"] or 0), world.organizations.get(note["org_id"] or 0)
    return note | {
        "deal": {"title": deal["title"]} if deal else None,
        "person": {"name": person["name"]} if person else None,
        "organization": {"name": org["name"]} if org else None,
        "user": {"email": author.email, "icon_url": None, "is_you": author == call.user, "name": author.name},
    }


@routes.add("POST", "/api/v2/activities", cost=5, scopes=("activities:full",))
def post_activity(desk: Desk, call: Call) -> Reply:
    """Add an activity."""
    values = strict.fit(call.body, ACTIVITY_RULES)
    if "deal_id" in values:
        visible(desk, call, values["deal_id"])
    now = desk.world.now()
    activity: Record = {
        "id": desk.world.next_id("activity"),
        "subject": "Call",
        "type": "call",
        "owner_id": call.user.id,
        "creator_user_id": call.user.id,
        "is_deleted": False,
        "add_time": now,
        "update_time": now,
        **dict.fromkeys(("deal_id", "lead_id", "person_id", "org_id", "project_id")),
        "due_date": now[:10],
        "due_time": "",
        "duration": "",
        "busy": False,
        "done": False,
        "marked_as_done_time": None,
        "location": None,
        "participants": [],
        "attendees": [],
        **dict.fromkeys(("conference_meeting_client", "conference_meeting_url", "conference_meeting_id")),
        "public_description": None,
        "priority": None,
        "note": None,
        **values,
    }
    desk.world.activities[activity["id"]] = activity
    desk.world.tell(Change("activity", activity["id"], "create", None, activity, call.actor))
    return Reply(activity)


@routes.add("GET", "/api/v2/activities", cost=10, scopes=("activities:read", "activities:full"))
def list_activities(desk: Desk, call: Call) -> Reply:
    """Answer with a page of activities."""
    world, ids, deal_id = desk.world, numbers(call.query, "ids"), whole(call.query, "deal_id")
    found = [one for one in world.activities.values() if ids is None or one["id"] in ids]
    found = found if deal_id is None else [one for one in found if one["deal_id"] == deal_id]
    return page(call.query, found, lambda activity: activity, sorts=(*SORTS, "due_date"))
