"""What the rules and what they do are called."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sync.domain.rules import Reaction, RuleKind

RULES: Mapping[RuleKind, LazyString] = {
    RuleKind.WON: _l("When a deal is won"),
    RuleKind.STAGE: _l("When a deal is moved to a stage"),
    RuleKind.LOST: _l("When a deal is lost"),
    RuleKind.DELETED: _l("When a deal is deleted"),
    RuleKind.PAID: _l("When all invoices of a deal are paid"),
    RuleKind.OVERDUE: _l("When an invoice is overdue"),
}

REACTIONS: Mapping[Reaction, LazyString] = {
    Reaction.DRAFT: _l("Make a draft invoice"),
    Reaction.SUBMIT: _l("Make an invoice and submit it for approval"),
    Reaction.APPROVE: _l("Make an invoice and approve it"),
    Reaction.DELETE_DRAFTS: _l("Delete the deal's draft invoices"),
    Reaction.WIN: _l("Mark the deal as won"),
    Reaction.MOVE: _l("Move the deal to a stage"),
    Reaction.REMIND: _l("Add an activity for the deal's owner"),
}

#: What the choice of a stage is called, where a rule may need one.
STAGE_LABELS: Mapping[RuleKind, LazyString] = {
    RuleKind.STAGE: _l("Stage that sets it off"),
    RuleKind.PAID: _l("Stage to move it to"),
}
