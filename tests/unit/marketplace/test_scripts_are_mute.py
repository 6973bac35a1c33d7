"""Scripts say nothing of their own: every sentence comes translated from the server, through `word()` or a template."""

import re
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[3] / "marketplace" / "frontend" / "src").rglob("*.ts"))
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`")
_IMPORT = re.compile(r"^import .*?;$|from \"[^\"]*\"", re.MULTILINE | re.DOTALL)
#: Developers' own: never shown, they end in the browser's console.
_ERROR = re.compile(r"new \w*Error\((?:'[^']*'|\"[^\"]*\"|`[^`]*`)\)")
#: Names that the platform gives to keys, headers, formats and events, capitalised as it wants them.
_PLATFORM = {
    *("ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Backspace", "Delete", "End", "Enter", "Escape", "Home"),
    *("PageDown", "PageUp", "Tab", "Accept", "Authorization", "Content", "Type", "Bearer"),
    *("Exclusive", "Inclusive", "NoTax"),  # Xero's names of tax treatments
}


def _without_selectors(literal: str) -> str:
    """Leave out expressions, and whatever is made of CSS or an address: it has brackets, dots, slashes or hyphens."""
    plain = re.sub(r"\$\{[^{}]*\}", " ", literal[1:-1])
    return "" if re.search(r"[\[\]#>=:{}/_.]|\w-\w|&", plain) else plain


def _spoken(source: str) -> list[str]:
    code = _IMPORT.sub("", _ERROR.sub("", _COMMENT.sub("", source)))
    plain = [_without_selectors(literal) for literal in _STRING.findall(code)]
    return [text for text in plain if _is_sentence(text)]


def _is_sentence(text: str) -> bool:
    """Several words, or one that begins as a label does; class lists and verbs of the DOM are neither."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    labels = [word for word in words if word[0].isupper() and not word.isupper() and word not in _PLATFORM]
    return bool(labels) or len(words) > 2


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_holds_no_words_for_people(script: Path) -> None:
    assert _spoken(script.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('button.textContent = "Add a line";', ["Add a line"]),
        ("say(`Saved ${time}`);", ["Saved  "]),
        ('label = "Close";', ["Close"]),
        ('import { x } from "./Some words here"; // "A comment"', []),
        ('throw new Error("Pipedrive did not answer");', []),
        ('if (event.key === "Enter") row.querySelector("td > .figure input");', []),
        ('word("add_line"); element.className = "button small";', []),
    ],
)
def test_a_sentence_is_told_from_what_only_machines_read(source: str, found: list[str]) -> None:
    assert _spoken(source) == found
