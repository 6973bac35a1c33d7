"""What a page says above its content after a redirect, looked up by a word in the address so that nobody can inject text."""

from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from marketplace.guidance import guidance_for
from marketplace.messages import NOTICES
from sync.errors import ErrorCode


@dataclass(frozen=True)
class Banner:
    """A line above a page; `title` is empty for good news, `tone` is good, bad or calm."""

    title: LazyString | str
    text: LazyString
    tone: str


def notice_for(word: str) -> Banner | None:
    """Find the words for `word`; an unknown one says nothing."""
    if word in NOTICES:
        return Banner("", NOTICES[word], "good")
    if word == "unexpected":
        code = None
    elif word in set(ErrorCode):
        code = ErrorCode(word)
    else:
        return None
    guidance = guidance_for(code)
    # To decline is a choice, not a failure.
    return Banner(guidance.title, guidance.text, "calm" if code is ErrorCode.CONSENT_DECLINED else "bad")
