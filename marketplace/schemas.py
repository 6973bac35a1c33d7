"""What people and Pipedrive send us, checked where it comes in; past this module there are dataclasses only."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load
from marshmallow.validate import And, ContainsNoneOf, Length, OneOf, Range

from sync.domain.troubles import TroubleKind
from sync.errors import Anticipated, ErrorCode
from sync.operations.change_invoice import Change

_LONGEST = 255
_LATEST_SECONDS = 100_000_000_000  # the year 5138; above it can only be milliseconds


class FormRefused(Anticipated):
    """A form that cannot be used as it is; `fields` says for each field what to do."""

    def __init__(self, *, fields: Mapping[str, list[str | LazyString]]) -> None:
        super().__init__(ErrorCode.INPUT_INVALID)
        self.fields = fields


class FormSchema(Schema):
    """A form of ours: unknown fields are refused, and a refusal is ours too."""

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Turn marshmallow's refusal into ours.

        :raises FormRefused: always.
        """
        raise FormRefused(fields=dict(_flat(error.messages_dict))) from error


def _flat(messages: Mapping[Any, Any], within: str = "") -> Iterator[tuple[str, list[str | LazyString]]]:
    """Name what is nested by its path, `lines.3.quantity`."""
    for name, words in messages.items():
        path = f"{within}{name}"
        if isinstance(words, Mapping):
            yield from _flat(words, f"{path}.")
        else:
            # marshmallow puts a plain string into a list, and hands on a lazy one as it is.
            yield path, words if isinstance(words, list) else [words]


@dataclass(frozen=True)
class FrameQuery:
    """What Pipedrive adds to the address of a framed page; `deal_id` is unproven."""

    deal_id: int | None
    theme: str


class FrameQuerySchema(Schema):
    """https://pipedrive.readme.io/docs/custom-ui-extensions, and `data` of a window that the SDK opened."""

    class Meta:
        """Pipedrive may add parameters at any time."""

        unknown = EXCLUDE

    deal_id = fields.Integer(load_default=None, allow_none=True)
    theme = fields.String(load_default="light")

    @pre_load
    def read_deal(self, data: Mapping[str, str], **_: object) -> dict[str, object]:
        """Find the deal in `data` (a window of ours) or among the selected ids; anything unreadable is no deal."""
        theme = data.get("theme", "light")
        chosen = _deal_in(data.get("data", "")) or data.get("selectedIds", "").split(",")[0]
        return {"deal_id": chosen if chosen.isdecimal() else None, "theme": theme if theme == "dark" else "light"}

    @post_load
    def to_query(self, data: dict[str, Any], **_: object) -> FrameQuery:
        """Hand on a dataclass."""
        return FrameQuery(**data)


def _deal_in(text: str) -> str:
    try:
        values = json.loads(text)
    except ValueError:
        return ""
    return str(values.get("deal", "")) if isinstance(values, dict) else ""


@dataclass(frozen=True)
class DealQuery:
    """The deal that a fragment is about; unproven."""

    deal: int


class DealQuerySchema(Schema):
    """The query of our own fragments."""

    class Meta:
        """Other parameters are nobody's business."""

        unknown = EXCLUDE

    deal = fields.Integer(required=True, validate=Range(min=1))

    @post_load
    def to_query(self, data: dict[str, Any], **_: object) -> DealQuery:
        """Hand on a dataclass."""
        return DealQuery(**data)


# PostgreSQL keeps no NUL, and nobody types one.
TEXT = And(
    Length(max=_LONGEST, error=_l("Use at most 255 characters.")),
    ContainsNoneOf("\0", error=_l("Leave out the unprintable characters.")),
)


class KeySchema(FormSchema):
    """A click: its key makes a second one the same."""

    key = fields.UUID(required=True)

    @post_load
    def to_key(self, data: dict[str, UUID], **_: object) -> str:
        """Hand on the key."""
        return str(data["key"])


@dataclass(frozen=True)
class ActionRequest:
    """What is to be done to an invoice, and the key of the click."""

    action: str
    key: str


class ActionSchema(FormSchema):
    """A change of an invoice's status."""

    action = fields.String(required=True, validate=OneOf([change.value for change in Change]))
    key = fields.UUID(required=True)

    @post_load
    def to_request(self, data: dict[str, Any], **_: object) -> ActionRequest:
        """Hand on a dataclass."""
        return ActionRequest(action=data["action"], key=str(data["key"]))


class OrganisationSchema(FormSchema):
    """The choice of an organisation."""

    organisation_key = fields.UUID(
        required=True, error_messages=dict.fromkeys(("required", "invalid_uuid"), _l("Choose an organisation."))
    )

    @post_load
    def to_key(self, data: dict[str, UUID], **_: object) -> str:
        """Hand on the key."""
        return str(data["organisation_key"])


class TroubleSchema(FormSchema):
    """The kind of trouble that is to be tried again."""

    kind = fields.Enum(TroubleKind, by_value=True, required=True)

    @post_load
    def to_kind(self, data: dict[str, TroubleKind], **_: object) -> TroubleKind:
        """Hand on the kind."""
        return data["kind"]


@dataclass(frozen=True)
class Consent:
    """What a vendor's consent page sent back: a code, or an error, and our state in both cases."""

    code: str
    state: str
    is_declined: bool


class ConsentSchema(Schema):
    """Any `error` is a refusal: the documents name several words for it (user_denied, access_denied)."""

    class Meta:
        """Vendors may add parameters (scope, session_state)."""

        unknown = EXCLUDE

    code = fields.String(load_default="")
    state = fields.String(load_default="")
    error = fields.String(load_default="")

    @post_load
    def to_consent(self, data: dict[str, str], **_: object) -> Consent:
        """Hand on a dataclass."""
        return Consent(code=data["code"], state=data["state"], is_declined=bool(data["error"]) or not data["code"])


@dataclass(frozen=True)
class Uninstall:
    """Pipedrive's word that a user removed the app; the time is None where it cannot be read."""

    client_id: str
    company_id: int
    user_id: int
    at: datetime | None


class UninstallSchema(Schema):
    """https://pipedrive.readme.io/docs/app-uninstallation; the format of `timestamp` is not documented."""

    class Meta:
        """Pipedrive may add fields."""

        unknown = EXCLUDE

    client_id = fields.String(required=True)
    company_id = fields.Integer(required=True)
    user_id = fields.Integer(required=True)
    timestamp = fields.Raw(load_default=None)

    @post_load
    def to_uninstall(self, data: dict[str, Any], **_: object) -> Uninstall:
        """Hand on a dataclass."""
        return Uninstall(
            client_id=data["client_id"],
            company_id=data["company_id"],
            user_id=data["user_id"],
            at=_moment(data["timestamp"]),
        )


def _moment(value: object) -> datetime | None:
    """Read a time that may be ISO 8601 or seconds or milliseconds since 1970."""
    text = str(value)
    try:
        seconds = float(text)
    except ValueError:
        return _iso_moment(text)
    return datetime.fromtimestamp(seconds / 1000 if seconds > _LATEST_SECONDS else seconds, tz=UTC)


def _iso_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
