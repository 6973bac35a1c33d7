"""Which Xero contact a Pipedrive customer is: best candidates first, each with its reason."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from sync.domain.accounting import Contact
from sync.domain.mapping import Customer

_ACTIVE = "ACTIVE"
_ALIKE = 0.8
_SHORTEST_TAX_NUMBER = 5
# Letters that Unicode does not take apart into a plain one and an accent.
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "&": " and ",
    }
)
_LEGAL_FORMS = {"limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co", "proprietary": "pty"}


class MatchReason(StrEnum):
    """Why a contact is offered, strongest first."""

    LINK = "link"
    TAX_NUMBER = "tax_number"
    NAME = "name"
    EMAIL = "email"
    SIMILAR_NAME = "similar_name"
    SEARCH = "search"


@dataclass(frozen=True)
class Candidate:
    """A contact that may be the customer; `score` runs from 0 to 100."""

    contact: Contact
    score: int
    reason: MatchReason


def normalise_name(*, name: str) -> str:
    """Strip a name of case, accents, punctuation, doubled spaces and the spelling of its legal form."""
    # NFKD first and again: casefold of some letters yields new composites.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    words = re.sub(r"[^\w\s]|_", " ", re.sub("[.'`\N{RIGHT SINGLE QUOTATION MARK}]", "", plain)).split()
    return " ".join(_LEGAL_FORMS.get(word, word) for word in words)


def rank_contacts(
    *, wanted: Customer, candidates: Sequence[Contact], linked_contact_id: str = ""
) -> tuple[Candidate, ...]:
    """Rank contacts already fetched; archived ones cannot be invoiced and are left out."""
    ranked = [
        _judged(wanted=wanted, contact=contact, linked_contact_id=linked_contact_id)
        for contact in candidates
        if contact.status == _ACTIVE
    ]
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.contact.name.casefold(), one.contact.contact_id)))


def is_beyond_doubt(*, wanted: Customer, contact: Contact, is_person: bool) -> bool:
    """Whether nothing speaks against a contact of the same name; of people of one name there are many, so more must agree."""
    if _same_tax_number(one=wanted.tax_number, other=contact.tax_number):
        return True
    if _other_tax_number(one=wanted.tax_number, other=contact.tax_number):
        return False
    one, other = wanted.email.casefold(), contact.email.casefold()
    if is_person:
        return bool(one) and one == other
    # A salesperson knows another address of a company than its bookkeepers do.
    return not one or not other or one.rpartition("@")[2] == other.rpartition("@")[2]


def _judged(*, wanted: Customer, contact: Contact, linked_contact_id: str) -> Candidate:
    found = {MatchReason.SEARCH: 0}
    if linked_contact_id and contact.contact_id == linked_contact_id:
        found[MatchReason.LINK] = 100
    if _same_tax_number(one=wanted.tax_number, other=contact.tax_number):
        found[MatchReason.TAX_NUMBER] = 90
    if wanted.email and wanted.email.casefold() == contact.email.casefold():
        found[MatchReason.EMAIL] = 70
    found |= _by_name(one=normalise_name(name=wanted.name), other=normalise_name(name=contact.name))
    reason, score = max(found.items(), key=lambda item: item[1])
    # A second agreement lifts a candidate above its equals, never above a stronger reason.
    agreements = len(found) - 2
    return Candidate(contact=contact, score=min(score + max(agreements, 0), 100), reason=reason)


def _by_name(*, one: str, other: str) -> dict[MatchReason, int]:
    if not one or not other:
        return {}
    if one == other:
        return {MatchReason.NAME: 80}
    if one.replace(" ", "") == other.replace(" ", ""):
        return {MatchReason.NAME: 78}
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return {MatchReason.SIMILAR_NAME: int(ratio * 60)} if ratio >= _ALIKE else {}


def _same_tax_number(*, one: str, other: str) -> bool:
    bare, known = _bare(one), _bare(other)
    return bool(bare) and bare == known


def _other_tax_number(*, one: str, other: str) -> bool:
    bare, known = _bare(one), _bare(other)
    # With its country's letters in front it is still the same.
    return bool(bare and known) and not bare.endswith(known) and not known.endswith(bare)


def _bare(number: str) -> str:
    # Xero masks US tax numbers down to their last four figures for Standard users: too little to go by.
    bare = re.sub(r"[^0-9A-Z]", "", number.upper())
    return bare if len(bare) >= _SHORTEST_TAX_NUMBER else ""
