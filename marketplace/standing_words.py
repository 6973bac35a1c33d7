"""How a company stands, in words: what is the matter, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.guidance import guidance_for
from marketplace.problem_words import problem_guidance
from marketplace.rule_words import RULES
from sync.domain.problems import Problem, ProblemKind
from sync.domain.rules import RuleKind
from sync.domain.troubles import Case, Trouble, TroubleKind


@dataclass(frozen=True)
class TroubleWords:
    """What is the matter, and what to do."""

    title: LazyString
    text: LazyString


TROUBLES: Mapping[TroubleKind, TroubleWords] = {
    TroubleKind.XERO_RESTS: TroubleWords(
        _l("Xero takes no more calls for now"),
        _l("Xero limits how much apps may ask of your organisation. Nothing is lost, and nobody has to do anything."),
    ),
    TroubleKind.PIPEDRIVE_RESTS: TroubleWords(
        _l("Pipedrive takes no more calls for now"),
        _l("Your company has used up its share of calls. Nothing is lost; deals follow as soon as it may go on."),
    ),
    TroubleKind.WEBHOOKS: TroubleWords(
        _l("Pipedrive does not tell us of deals"),
        _l(
            "The webhook that Instep needs is missing, so deals that are renamed, merged or deleted follow only once an "
            "hour. Instep makes it again by itself; if it cannot, your Pipedrive plan may have no room for another webhook."
        ),
    ),
    TroubleKind.BEHIND: TroubleWords(
        _l("Some news has waited for a while"),
        _l(
            "Instep is working through it, or waits for Xero or Pipedrive. If it stays, look at both connections below."
        ),
    ),
    TroubleKind.INVOICE_NEWS: TroubleWords(
        _l("News from Xero could not be taken in"),
        _l(
            "Xero told us that these invoices changed, and then gave no answer that we understand. Try again; if it stays, "
            "open the invoice in Xero and save it once more."
        ),
    ),
    TroubleKind.DEAL_NEWS: TroubleWords(
        _l("News from Pipedrive could not be taken in"),
        _l(
            "Pipedrive told us that these deals changed, but Instep could not read them. Mend what is named, then try again."
        ),
    ),
    TroubleKind.ASKED: TroubleWords(
        _l("Something that was asked of Xero did not come to a good end"),
        _l("Open the deal: its panel says what to do. Where the answer was lost, Instep keeps looking by itself."),
    ),
    TroubleKind.RULES: TroubleWords(
        _l("Rules stopped rather than guess"),
        _l("Mend what each one names, then try again."),
    ),
    TroubleKind.RULES_WAIT: TroubleWords(
        _l("Rules wait"),
        _l("Instep tries again by itself until it can go on. Where a reason below names something to do, do that."),
    ),
    TroubleKind.FIELDS: TroubleWords(
        _l("The Xero fields of some deals are not up to date"),
        _l("The panel on each deal is right all the same."),
    ),
    TroubleKind.FIELDS_NO_ROOM: TroubleWords(
        _l("Your Pipedrive plan has no room for some deal fields"),
        _l(
            "Instep goes on without them. Delete a custom field that nobody needs, or change the plan: once there is room, "
            "they are made by themselves."
        ),
    ),
    TroubleKind.FIELDS_DELETED: TroubleWords(
        _l("Somebody deleted deal fields, and deleted them again"),
        _l("Instep goes on without them, and leaves it at that. Try again to have them back."),
    ),
    TroubleKind.FIELDS_OPTIONS: TroubleWords(
        _l("The invoice status has lost an option"),
        _l(
            "Deals whose invoice has that status show none. Give the field the option back under its old name, in "
            "Pipedrive under Data fields, then try again."
        ),
    ),
}


def case_texts(trouble: Trouble, case: Case) -> list[str]:
    """Say why it happened on this deal, and what to do there."""
    if case.code is None:
        return []
    if trouble.kind is TroubleKind.FIELDS:
        said = problem_guidance(Problem(case.code, "", case.since, kind=ProblemKind.FIELDS))
        return [str(said.text)]
    said = guidance_for(case.code)
    if case.rule:
        named = str(_("%(rule)s: %(reason)s", rule=RULES[RuleKind(case.rule)], reason=said.title))
        return [named, str(said.text)]
    return [str(said.title), str(said.text)]
