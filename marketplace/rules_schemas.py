"""The form of the rules, checked where it comes in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, post_load, pre_load
from marshmallow.validate import OneOf
from werkzeug.datastructures import MultiDict

from marketplace.schemas import TEXT, FormSchema
from sync.domain.rules import REACTIONS, Reaction, RuleKind, wants_stage
from sync.operations.rules import Choice

_UNKNOWN_CHOICE = _l("Choose one of the listed values.")


@dataclass(frozen=True)
class RulesForm:
    """The rules as a person wants them, and the state of them that they saw."""

    wish: Mapping[RuleKind, Choice]
    version: str


def does_name(kind: RuleKind) -> str:
    """Name the field that says what a rule does."""
    return f"{kind.value}_does"


def stage_name(kind: RuleKind) -> str:
    """Name the field with a rule's stage."""
    return f"{kind.value}_stage"


def _does(kind: RuleKind) -> fields.String:
    known = ("", *(reaction.value for reaction in REACTIONS[kind]))
    return fields.String(load_default="", validate=OneOf(known, error=_UNKNOWN_CHOICE))


def _stage() -> fields.Integer:
    return fields.Integer(load_default=None, allow_none=True, error_messages={"invalid": _UNKNOWN_CHOICE})


class RulesSchema(FormSchema):
    """The rules form. That a stage exists is for the operation to say."""

    won_does = _does(RuleKind.WON)
    stage_does = _does(RuleKind.STAGE)
    lost_does = _does(RuleKind.LOST)
    deleted_does = _does(RuleKind.DELETED)
    paid_does = _does(RuleKind.PAID)
    overdue_does = _does(RuleKind.OVERDUE)
    stage_stage = _stage()
    paid_stage = _stage()
    version = fields.String(load_default="", validate=TEXT)

    @pre_load
    def leave_out_what_was_not_chosen(self, data: MultiDict[str, str], **_: object) -> dict[str, str]:
        """Take an empty choice for none."""
        return {name: value for name, value in data.items() if value}

    @post_load
    def to_form(self, data: dict[str, Any], **_: object) -> RulesForm:
        """Hand on a dataclass; a stage that a rule has no use for is left out."""
        return RulesForm(wish={kind: _choice(kind, data) for kind in RuleKind}, version=data["version"])


def _choice(kind: RuleKind, data: Mapping[str, Any]) -> Choice:
    does = data[does_name(kind)]
    needs_stage = bool(does) and wants_stage(kind=kind, does=Reaction(does))
    return Choice(does=does, stage_id=data.get(stage_name(kind)) if needs_stage else None)
