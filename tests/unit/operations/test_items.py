"""Xero's items are searched in our copy of the list."""

from sync.operations.items import search_items
from tests.unit.fakes.house import House
from tests.unit.fakes.xero import an_item


def test_all_words_must_be_there_and_the_closest_comes_first(home: House) -> None:
    home.xero.items = [
        an_item(ItemID="1", Code="AB", Name="Big lens"),
        an_item(ItemID="2", Code="LENS", Name="Other"),
        an_item(ItemID="3", Code="X", Name="Lens, small", Description="for a big tower"),
        an_item(ItemID="4", Code="Y", Name="Rope"),
    ]

    assert found(home, "lens") == ["LENS", "X", "AB"]
    assert found(home, "BIG lens") == ["AB", "X"]
    assert found(home, "") == ["AB", "X", "LENS", "Y"]


def test_what_is_not_sold_is_not_offered(home: House) -> None:
    home.xero.items = [an_item(IsSold=False)]

    assert found(home, "lens") == []


def test_a_search_asks_xero_nothing_once_the_list_is_there(home: House) -> None:
    home.xero.items = [an_item()]
    found(home, "lens")
    home.clock.advance(minutes=20)
    home.web.calls.clear()

    found(home, "lens")

    assert home.web.calls == []


def test_an_item_that_was_just_added_in_xero_is_found(home: House) -> None:
    assert found(home, "lens") == []
    home.xero.items = [an_item()]
    assert found(home, "lens") == [], "looked a moment ago"

    home.clock.advance(seconds=61)

    assert found(home, "le") == [], "still typing"
    assert found(home, "lens") == ["LENS"]


def found(home: House, words: str) -> list[str]:
    """Search as the admin; gives the codes."""
    return [item.code for item in search_items(home.core, person=home.person(), words=words)]
