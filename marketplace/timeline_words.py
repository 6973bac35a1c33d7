"""The past of an invoice in words: what happened, and who did it on which side."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.deed_words import ACTIONS
from marketplace.guidance import guidance_for
from marketplace.i18n import day, money
from marketplace.messages import STATUSES
from marketplace.notes import note_text
from marketplace.rule_words import RULES
from sync.domain.actions import Action
from sync.domain.invoice import Status
from sync.domain.notes import from_plain
from sync.domain.rules import RuleKind
from sync.domain.timeline import Fact, FactName, Side, Verb
from sync.errors import ErrorCode
from sync.operations.timeline import Entry

_DEEDS: Mapping[Verb, LazyString] = {
    Verb.SUBMITTED: _l("Submitted for approval"),
    Verb.APPROVED: _l("Approved"),
    Verb.VOIDED: _l("Voided"),
    Verb.DELETED: _l("Deleted"),
    Verb.EMAILED: _l("E-mailed to the customer"),
    Verb.LINKED: _l("Linked to this deal"),
    Verb.DEAL_WON: _l("Deal marked as won"),
    Verb.DEAL_MOVED: _l("Deal moved to another stage"),
    Verb.ACTIVITY_ADDED: _l("Activity added for the deal's owner"),
}


def entry_texts(entry: Entry, deal_id: int) -> list[str]:
    """Say what happened, as the deal sees it that the reader looks at: one sentence, or one for each thing that changed."""
    if entry.verb is Verb.CHANGED:
        return [_FACTS[FactName(fact["fact"])](fact) for fact in entry.values["facts"]]
    notes = [from_plain(note) for note in entry.values.get("notes", ())]
    return [_deed_text(entry, deal_id), *(note_text(note, entry.values["currency"]) for note in notes)]


def actor_text(entry: Entry) -> str:
    """Say who did it: a user in Pipedrive, a rule of ours, or somebody in Xero; it is not known there who."""
    if entry.rule:
        return _in_words(_l("By the rule “%(rule)s”"), rule=RULES[RuleKind(entry.rule)])
    if entry.is_persons:
        return _in_words(_l("%(user)s, in Pipedrive"), user=entry.user_name or _("A former user"))
    return str(_SIDES[entry.side])


_SIDES: Mapping[Side, LazyString] = {
    Side.XERO: _l("In Xero"),
    Side.PIPEDRIVE: _l("In Pipedrive"),
    Side.INSTEP: _l("By Instep"),
}


def _in_words(sentence: LazyString, **values: object) -> str:
    return str(sentence) % values


def _deed_text(entry: Entry, deal_id: int) -> str:
    values = entry.values
    if entry.verb is Verb.CREATED:
        return _in_words(
            _l("Created as a draft over %(amount)s"), amount=money(Decimal(values["total"]), values["currency"])
        )
    if entry.verb is Verb.UNLINKED:
        return str(_("Taken off the deal"))
    if entry.verb is Verb.MOVED:
        return _moved_text(values, deal_id)
    if entry.verb is Verb.NOT_DONE:
        reason = guidance_for(ErrorCode(values["code"])).title
        return _in_words(_l("%(deed)s: %(reason)s"), deed=ACTIONS[Action(values["kind"])], reason=reason)
    if entry.verb is Verb.RULE_STOPPED:
        return _in_words(_l("Stopped: %(reason)s"), reason=guidance_for(ErrorCode(values["code"])).title)
    if entry.verb is Verb.MERGED:
        return _in_words(_l("Deal %(number)s was merged into this one and brought it along"), number=values["from"])
    return str(_DEEDS[entry.verb])


def _moved_text(values: Mapping[str, int], deal_id: int) -> str:
    if values["to"] == deal_id:
        return _in_words(_l("Moved here from deal %(number)s"), number=values["from"])
    return _in_words(_l("Moved from deal %(before)s to deal %(after)s"), before=values["from"], after=values["to"])


def _status_text(fact: Fact) -> str:
    return _in_words(
        _l("%(after)s (was: %(before)s)"), after=STATUSES[Status(fact["to"])], before=STATUSES[Status(fact["from"])]
    )


def _paid_text(fact: Fact) -> str:
    rest = Decimal(fact["rest"])
    paid = money(Decimal(fact["amount"]), fact["currency"])
    if rest > 0:
        return _in_words(_l("%(amount)s paid, %(rest)s still due"), amount=paid, rest=money(rest, fact["currency"]))
    return _in_words(_l("%(amount)s paid, nothing is due any more"), amount=paid)


def _amount_text(sentence: LazyString) -> Callable[[Fact], str]:
    return lambda fact: str(sentence) % {"amount": money(Decimal(fact["amount"]), fact["currency"])}


def _total_text(fact: Fact) -> str:
    before, after = (money(Decimal(fact[name]), fact["currency"]) for name in ("from", "to"))
    return _in_words(_l("Total %(after)s (was: %(before)s)"), after=after, before=before)


def _due_text(fact: Fact) -> str:
    before, after = (day(date.fromisoformat(fact[name])) if fact[name] else "" for name in ("from", "to"))
    if not after:
        return _in_words(_l("No due date any more (was: %(before)s)"), before=before)
    if not before:
        return _in_words(_l("Due %(after)s"), after=after)
    return _in_words(_l("Due %(after)s (was: %(before)s)"), after=after, before=before)


def _number_text(fact: Fact) -> str:
    if not fact["from"]:
        return _in_words(_l("Number %(after)s"), after=fact["to"])
    return _in_words(_l("Number %(after)s (was: %(before)s)"), after=fact["to"] or _("none"), before=fact["from"])


_FACTS: Mapping[FactName, Callable[[Fact], str]] = {
    FactName.STATUS: _status_text,
    FactName.PAID: _paid_text,
    FactName.PAYMENT_REMOVED: _amount_text(_l("A payment of %(amount)s was removed")),
    FactName.CREDITED: _amount_text(_l("%(amount)s credited")),
    FactName.CREDIT_REMOVED: _amount_text(_l("A credit of %(amount)s was removed")),
    FactName.TOTAL: _total_text,
    FactName.DUE_DATE: _due_text,
    FactName.NUMBER: _number_text,
    FactName.SENT: lambda _fact: _("Marked as sent"),
}
