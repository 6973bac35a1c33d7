"""The mark of an intent: the `Url` that a Xero invoice carries, an address of ours that leads to the deal (D7).

Beside the intent it names whom and which deal it is for, under our seal: a database that was restored from a copy does
not know the intents of afterwards, and learns from the invoices themselves where they belong.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

MARK_PATH = "/i/"
_OF = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})-([0-9a-f]{32})")


@dataclass(frozen=True)
class Mark:
    """Which intent made an invoice, who asked for it, and for which deal."""

    intent_id: str
    company_id: int
    deal_id: int
    user_id: int


def mark_url(*, base_url: str, mark: Mark, key: str) -> str:
    """Build the address; digits and `a` to `f` cannot spell the word that Xero refuses in it."""
    of = f"{mark.company_id}-{mark.deal_id}-{mark.user_id}"
    return f"{base_url}{MARK_PATH}{mark.intent_id}?of={of}-{_seal(mark, key=key)}"


def is_marked(*, url: str, base_url: str) -> bool:
    """Say whether an invoice claims to have been made by us."""
    return url.startswith(base_url + MARK_PATH)


def read_mark(*, url: str, base_url: str, key: str) -> Mark | None:
    """Read the mark out of an invoice's address, if it is whole and the seal is ours."""
    if not is_marked(url=url, base_url=base_url):
        return None
    parts = urlsplit(url)
    found = _OF.fullmatch("".join(parse_qs(parts.query).get("of", ())))
    if found is None:
        return None
    company_id, deal_id, user_id = (int(number) for number in found.groups()[:3])
    intent_id = parts.path.rpartition(MARK_PATH)[2]
    mark = Mark(intent_id=intent_id, company_id=company_id, deal_id=deal_id, user_id=user_id)
    return mark if hmac.compare_digest(_seal(mark, key=key), found[4]) else None


def _seal(mark: Mark, *, key: str) -> str:
    content = f"mark {mark.intent_id} {mark.company_id} {mark.deal_id} {mark.user_id}"
    return hmac.digest(key.encode(), content.encode(), hashlib.sha256).hex()[:32]
