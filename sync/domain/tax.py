"""Which Xero tax rate stands for a percentage in Pipedrive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sync.domain.accounting import TaxRate


class TaxMatch(StrEnum):
    """How a percentage was answered; only `MATCHED` may be submitted or approved."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    MISSING = "missing"


@dataclass(frozen=True)
class TaxChoice:
    """The rate chosen for a percentage, or why there is none; `names` are the rates that fit."""

    why: TaxMatch
    tax_type: str | None = None
    effective_rate: Decimal = Decimal(0)
    names: tuple[str, ...] = ()


def tax_table(
    *, rates: Sequence[TaxRate], percents: Iterable[Decimal], overrides: Mapping[Decimal, str]
) -> Mapping[Decimal, TaxChoice]:
    """Choose a sales tax rate for each percentage; `overrides` are tax types that a person chose."""
    usable = [rate for rate in rates if rate.is_active and rate.applies_to_revenue]
    return {percent: _choose(usable=usable, percent=percent, override=overrides.get(percent)) for percent in percents}


def _choose(*, usable: Sequence[TaxRate], percent: Decimal, override: str | None) -> TaxChoice:
    if override is not None:
        fitting = [rate for rate in usable if rate.tax_type == override]
    else:
        fitting = [rate for rate in usable if rate.effective_rate == percent]
    names = tuple(rate.name for rate in fitting)
    if not fitting:
        return TaxChoice(why=TaxMatch.MISSING)
    if len(fitting) > 1:
        return TaxChoice(why=TaxMatch.AMBIGUOUS, names=names)
    [rate] = fitting
    return TaxChoice(why=TaxMatch.MATCHED, tax_type=rate.tax_type, effective_rate=rate.effective_rate, names=names)
