"""The mark of an intent: whole and sealed it says for whom and which deal an invoice is, otherwise nothing."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.mark import Mark, is_marked, mark_url, read_mark

BASE, KEY = "https://instep.example", "k" * 32
INTENT = "11111111-0000-4000-8000-000000000001"
MARK = Mark(intent_id=INTENT, company_id=7741001, deal_id=42, user_id=12001)


@given(
    intent=st.uuids().map(str),
    numbers=st.tuples(*[st.integers(min_value=1, max_value=10**18 - 1)] * 3),
)
def test_what_was_marked_is_read_again_and_never_holds_the_word_that_xero_refuses(
    intent: str, numbers: tuple[int, int, int]
) -> None:
    mark = Mark(intent, *numbers)
    url = mark_url(base_url=BASE, mark=mark, key=KEY)

    assert read_mark(url=url, base_url=BASE, key=KEY) == mark
    assert "xero" not in url.lower()


def test_the_address_without_its_query_is_the_intent_s() -> None:
    url = mark_url(base_url=BASE, mark=MARK, key=KEY)

    assert url.partition("?")[0] == f"{BASE}/i/{INTENT}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (INTENT, str(uuid.UUID(int=7))),
        ("7741001-", "7741002-"),
        ("-42-", "-43-"),
        ("-12001-", "-12002-"),
        (BASE, "https://elsewhere.example"),
        ("/i/", "/j/"),
        ("?of=", "?for="),
    ],
)
def test_a_mark_in_which_anything_was_changed_is_none(old: str, new: str) -> None:
    url = mark_url(base_url=BASE, mark=MARK, key=KEY)
    assert old in url

    assert read_mark(url=url.replace(old, new), base_url=BASE, key=KEY) is None


def test_a_mark_under_another_key_is_none() -> None:
    assert read_mark(url=mark_url(base_url=BASE, mark=MARK, key="z" * 32), base_url=BASE, key=KEY) is None


@pytest.mark.parametrize("url", ["", f"{BASE}/i/{INTENT}", f"{BASE}/i/{INTENT}?of=1-2-3", f"{BASE}/i/?of=a&of=b"])
def test_what_is_no_whole_mark_is_none(url: str) -> None:
    assert read_mark(url=url, base_url=BASE, key=KEY) is None


def test_an_older_mark_still_claims_to_be_ours() -> None:
    assert is_marked(url=f"{BASE}/i/{INTENT}", base_url=BASE)
    assert not is_marked(url="https://elsewhere.example/i/1", base_url=BASE)
