"""What looks for barriers and for foreign words finds them where there are some."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.axe import violations
from tests.support.spoken import untranslated


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def test_a_field_without_a_name_is_found(page: Page) -> None:
    page.set_content("<html lang=en><title>A page</title><main><h1>Money</h1><input></main></html>")

    assert [one.split(":")[0] for one in violations(page.main_frame)] == ["label"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<p>Connecter Xero</p><p>Harbour Lane Dental</p><p>INV-0001</p>", []),
        ("<p>Connect Xero</p>", ["Connect Xero"]),
        ("<button aria-label='More for INV-0001'></button>", ["More for INV-0001"]),
        ("<p>Something of the server</p>", ["Something of the server"]),
        ("<p class=quote>The contact was archived</p>", []),
    ],
)
def test_english_is_found_among_french(page: Page, content: str, found: list[str]) -> None:
    page.set_content(f"<title>Instep</title>{content}")

    assert untranslated(page.main_frame, language="fr") == found
