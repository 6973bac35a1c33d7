"""Money goes through JSON and stays what it was."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.clients import exact_json


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_decimal_is_the_same_after_both_ways(amount: Decimal) -> None:
    there_and_back = exact_json.loads(exact_json.dumps({"a": amount}))

    assert Decimal(str(there_and_back["a"])) == amount  # type: ignore[index]  # an object


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_it_writes_what_json_itself_reads_back(value: object) -> None:
    assert json.loads(exact_json.dumps(value)) == value


def test_it_writes_no_exponent_and_keeps_the_order() -> None:
    assert exact_json.dumps({"b": Decimal("1E+2"), "a": Decimal("0.10")}) == b'{"b":100,"a":0.10}'


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity"), b"bytes", {1, 2}])
def test_it_refuses_what_json_cannot_say_exactly(value: object) -> None:
    with pytest.raises(TypeError):
        exact_json.dumps([value])


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": 1', b"\xff\xfe\xff", b"NaN", b"[-Infinity]", b"[" * 100_000, b"1" * 5000]
)
def test_whatever_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # json and unicode errors alike, which is the point
        exact_json.loads(body)
