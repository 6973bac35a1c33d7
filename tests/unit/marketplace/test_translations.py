"""Every word that a person reads exists in every language."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

MARKETPLACE = Path(__file__).parents[3] / "marketplace"
CATALOGUES = sorted((MARKETPLACE / "translations").glob("*/LC_MESSAGES/messages.po"))
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None}
NAMES = {"Instep", "Pipedrive", "Xero", "UTC"}


class _Words(HTMLParser):
    """Collects what stands between tags, and in the attributes that people hear or read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        """Take a text."""
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes that hold words."""
        self.found += [value or "" for name, value in attrs if name in ("alt", "title", "aria-label", "placeholder")]


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as po:
        return read_po(po, locale=path.parts[-3])


def _said() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(
        MARKETPLACE, method_map=METHODS, keywords=KEYWORDS, options_map={"**.html": {"silent": "false"}}
    )
    return {message for _file, _line, message, _comments, _context in found if message}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_nothing_is_untranslated_fuzzy_or_left_over(path: Path) -> None:
    catalogue = _catalogue(path)
    known = {message.id for message in catalogue if message.id}
    unfinished = [
        message.id for message in catalogue if message.id and (message.fuzzy or not all(_forms(message.string)))
    ]

    assert known == _said()
    assert unfinished == []
    assert not catalogue.obsolete


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_translations_keep_every_placeholder(path: Path) -> None:
    for message in _catalogue(path):
        if message.id:
            for said, translated in zip(_forms(message.id), _forms(message.string), strict=True):
                assert _placeholders(said) == _placeholders(translated), said


@pytest.mark.parametrize("template", sorted((MARKETPLACE / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_hold_no_words_of_their_own(template: Path) -> None:
    words = _Words()
    words.feed(re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "", template.read_text(), flags=re.DOTALL))
    spoken = (re.sub(r'[\w:-]+="[^"]*"', "", text) for text in words.found)  # attributes that a macro hands on
    own = {word for text in spoken for word in re.findall(r"[^\W\d_]{2,}", text)}

    assert own <= NAMES


def test_the_page_speaks_french_where_the_browser_does(app: Flask) -> None:
    page = app.test_client().get("/", headers={"Accept-Language": "fr-CH, en;q=0.5"}).text

    assert '<html lang="fr"' in page
    assert "Installer dans Pipedrive" in page


def test_french_calls_the_owner_of_a_deal_as_pipedrive_does() -> None:
    french = next(path for path in CATALOGUES if path.parts[-3] == "fr")
    about_owners = [message for message in _catalogue(french) if "owner" in str(message.id)]

    assert about_owners
    assert [message.id for message in about_owners if "propriétaire" not in str(message.string)] == []
    assert "responsable" not in french.read_text()


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]|%%", text))
