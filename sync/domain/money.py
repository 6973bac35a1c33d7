"""Rounding as Xero rounds: half a unit goes away from zero.

https://developer.xero.com/documentation/api-guides/rounding-in-xero
"""

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
_TEN_THOUSANDTH = Decimal("0.0001")


def round2(*, amount: Decimal) -> Decimal:
    """Round to the cent, which every amount and total in Xero has."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def round4(*, amount: Decimal) -> Decimal:
    """Round to four decimals, which quantities and unit amounts have under `unitdp=4`."""
    return amount.quantize(_TEN_THOUSANDTH, rounding=ROUND_HALF_UP)
