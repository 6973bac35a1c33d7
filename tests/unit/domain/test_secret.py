"""A secret shows itself only on request."""

import copy
import pickle
from collections.abc import Callable

import pytest

from sync.domain.secret import Secret


@pytest.mark.parametrize("shown", [str, repr, "{}".format, "{!r}".format])
def test_it_gives_dots_however_it_is_printed(shown: Callable[[Secret], str]) -> None:
    assert "tell-nobody" not in shown(Secret("tell-nobody"))


def test_it_reveals_its_text_when_asked() -> None:
    assert Secret("tell-nobody").reveal() == "tell-nobody"


def test_it_is_equal_by_text_and_false_when_empty() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != object()
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
    assert copy.deepcopy(Secret("a")) == copy.copy(Secret("a"))


def test_it_refuses_to_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("tell-nobody"))
