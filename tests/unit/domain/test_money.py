from decimal import Decimal

import pytest

from sync.domain.money import round2, round4


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("2.165", "2.17"), ("2.1649", "2.16"), ("-2.165", "-2.17"), ("-2.1649", "-2.16"), ("7", "7")],
)
def test_half_a_cent_goes_away_from_zero(amount: str, rounded: str) -> None:
    assert round2(amount=Decimal(amount)) == Decimal(rounded)


def test_amounts_always_have_two_decimals_and_prices_four() -> None:
    assert str(round2(amount=Decimal(7))) == "7.00"
    assert str(round4(amount=Decimal("79.16665"))) == "79.1667"
