"""What the rules and what they do are called."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sync.domain.rules import Reaction, RuleKind
from sync.operations.dry_trials import Trial

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

_WOULD: Mapping[Reaction, LazyString] = {
    Reaction.DRAFT: _l("A draft invoice would have been made."),
    Reaction.SUBMIT: _l("An invoice would have been made and submitted for approval."),
    Reaction.APPROVE: _l("An invoice would have been made and approved."),
    Reaction.DELETE_DRAFTS: _l("%(invoices)s would have been deleted."),
    Reaction.WIN: _l("The deal would have been marked as won, after %(invoices)s."),
    Reaction.MOVE: _l("The deal would have been moved, after %(invoices)s."),
    Reaction.REMIND: _l("The deal's owner would have had an activity about %(invoices)s."),
}


def would_text(does: Reaction, trial: Trial) -> str:
    """Say what a rule would have done about a deal."""
    names = [number or str(_("a draft")) for number in trial.subjects]
    return str(_WOULD[does]) % {"invoices": ", ".join(names)}
