"""What a page says to people, and whether it says it in their language."""

import functools
import re
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Frame

_CATALOGUES = Path(__file__).parents[2] / "marketplace" / "translations"
#: Words that stand in most English sentences and in no French one.
_ENGLISH = re.compile(
    r"\b(the|and|you|your|with|this|that|are|was|were|have|been|from|they|will|which|when|than|there|what)\b", re.I
)
#: What stands in the page as others wrote it: a vendor's own sentence, and Pipedrive's names of things.
_QUOTED = ".quote, [data-quoted]"
_COLLECT = """quoted => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent && !parent.closest(`script, style, template, ${quoted}`)) found.push(walker.currentNode.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt", "data-ok", "data-means", "hx-confirm", "data-deed"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (!element.closest(quoted)) found.push(element.getAttribute(name));
  const words = document.getElementById("words");
  if (words) found.push(...Object.values(JSON.parse(words.textContent)).filter((one) => typeof one === "string"));
  return found;
}"""
_PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)[sd]|%%")


def untranslated(frame: Frame, *, language: str) -> list[str]:
    """This will list what a frame says in English to somebody who reads another language."""
    said: list[str] = frame.evaluate(_COLLECT, _QUOTED)
    sentences = {" ".join(one.split()) for one in said if one}
    return sorted(one for one in sentences if _ENGLISH.search(one) or _english(language).fullmatch(one))


@functools.cache
def _english(language: str) -> re.Pattern[str]:
    """Every sentence that is said otherwise in the language, with anything where a value stands."""
    with (_CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as po:
        catalogue = read_po(po, locale=language)
    pairs = [
        pair
        for message in catalogue
        if message.id
        for pair in zip(_forms(message.id), _forms(message.string), strict=False)
    ]
    translations = {translated for _, translated in pairs}
    different = [said for said, translated in pairs if said != translated and said not in translations]
    return re.compile("|".join(_pattern(said) for said in different if _has_a_word(said)))


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def _pattern(said: str) -> str:
    return _PLACEHOLDER.sub(".+", re.escape(" ".join(said.split())).replace(r"\ ", " "))


def _has_a_word(said: str) -> bool:
    return re.search(r"[^\W\d_]{2,}", re.sub(r"%\(\w+\)[sd]", "", said)) is not None
