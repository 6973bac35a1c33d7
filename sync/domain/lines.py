"""A deal's products as the lines of an invoice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sync.domain.accounting import DraftLine
from sync.domain.crm import Deal, DealDiscount, DealProduct, DiscountType, TaxMethod
from sync.domain.discounts import DiscountedLine, Treatments, discount_lines
from sync.domain.invoice import LineAmountTypes
from sync.domain.money import round2, round4
from sync.domain.notes import Note, NoteCode
from sync.domain.tax import TaxChoice, TaxMatch
from sync.domain.totals import line_amount
from sync.domain.treatment import NATIVE, converted, fitting_treatments, with_tax
from sync.errors import Anticipated, ErrorCode

_NO_PERCENT = Decimal(0)
_ONE_TIME = "one-time"
_LONGEST_DESCRIPTION = 4000
_UNKNOWN = TaxChoice(why=TaxMatch.MISSING)
_TAX_NOTES = {TaxMatch.AMBIGUOUS: NoteCode.TAX_AMBIGUOUS, TaxMatch.MISSING: NoteCode.TAX_MISSING}


@dataclass(frozen=True)
class LinesDraft:
    """Lines for a new invoice, the tax treatment that they are in, and what a person should know of them."""

    lines: tuple[DraftLine, ...]
    treatment: LineAmountTypes
    notes: tuple[Note, ...] = ()


def invoice_currency(*, deal: Deal, products: Sequence[DealProduct]) -> str:
    """Find the one currency of a deal's invoice.

    :raises Anticipated: where the enabled products are in several currencies
    """
    found = {product.currency for product in products if product.is_enabled and product.currency}
    if len(found) > 1:
        raise Anticipated(ErrorCode.MIXED_CURRENCIES, detail=", ".join(sorted(found)))
    return found.pop() if found else deal.currency


def tax_percents(*, products: Sequence[DealProduct]) -> frozenset[Decimal]:
    """List the percentages that `tax_table` has to answer; a deal without products asks for zero."""
    return frozenset(_percent(product=product) for product in products if product.is_enabled) or frozenset(
        {_NO_PERCENT}
    )


def deal_line(
    *,
    deal: Deal,
    tax_table: Mapping[Decimal, TaxChoice],
    default_account: str | None,
    treatment: LineAmountTypes | None = None,
) -> LinesDraft:
    """Make the one line of a deal that has no products; a deal without a value makes none."""
    if not deal.value:
        return LinesDraft(lines=(), treatment=LineAmountTypes.EXCLUSIVE)
    draft = draft_lines(
        products=(_as_product(deal=deal, value=deal.value),),
        discounts=(),
        tax_table=tax_table,
        default_account=default_account,
        treatment=treatment,
    )
    return replace(draft, notes=(Note(code=NoteCode.DEAL_VALUE_USED), *draft.notes))


def draft_lines(
    *,
    products: Sequence[DealProduct],
    discounts: Sequence[DealDiscount],
    tax_table: Mapping[Decimal, TaxChoice],
    default_account: str | None,
    treatment: LineAmountTypes | None = None,
) -> LinesDraft:
    """Make an invoice's lines of a deal's products, in the asked treatment or the one that suits them."""
    enabled = sorted((product for product in products if product.is_enabled), key=lambda product: product.order)
    suiting = _suiting_treatment(products=enabled)
    terms = _Terms(treatment=treatment or suiting, tax_table=tax_table, default_account=default_account)
    negatives, discount_notes = discount_lines(
        lines=_discounted_lines(products=enabled, terms=terms, suiting=suiting),
        discounts=discounts,
        treatments=Treatments(deal=suiting, invoice=terms.treatment),
    )
    notes = [
        *(note for product in enabled for note in _remarks(product=product, treatment=terms.treatment)),
        *(Note(code=NoteCode.DISABLED_LEFT_OUT, subject=one.name) for one in products if not one.is_enabled),
        *discount_notes,
        *_link_notes(products=enabled, terms=terms),
    ]
    lines = [_line(product=product, terms=terms) for product in enabled]
    return LinesDraft(lines=(*lines, *negatives), treatment=terms.treatment, notes=tuple(notes))


@dataclass(frozen=True)
class _Terms:
    """What holds for every line of one invoice."""

    treatment: LineAmountTypes
    tax_table: Mapping[Decimal, TaxChoice]
    default_account: str | None

    def choice(self, *, percent: Decimal) -> TaxChoice:
        return self.tax_table.get(percent, _UNKNOWN)


def _suiting_treatment(*, products: Sequence[DealProduct]) -> LineAmountTypes:
    """Choose the treatment that changes least of what the customer pays."""

    def shift(treatment: LineAmountTypes) -> Decimal:
        differences = (_difference(product=product, treatment=treatment) for product in products)
        return abs(sum(differences, Decimal(0)))

    return min(fitting_treatments(products=products), key=shift)


def _discounted_lines(
    *, products: Sequence[DealProduct], terms: _Terms, suiting: LineAmountTypes
) -> list[DiscountedLine]:
    # Pipedrive takes a deal's discounts off its one-time products only (description of POST /deals/{id}/discounts).
    return [
        DiscountedLine(
            line=_line(product=product, terms=terms),
            percent=_percent(product=product),
            amount=line_amount(line=_line(product=product, terms=replace(terms, treatment=suiting))),
        )
        for product in products
        if product.billing_frequency == _ONE_TIME
    ]


def _line(*, product: DealProduct, terms: _Terms) -> DraftLine:
    untaxed = terms.treatment is LineAmountTypes.NO_TAX
    choice = terms.choice(percent=_percent(product=product))
    line = DraftLine(
        description=product.name.strip()[:_LONGEST_DESCRIPTION] or "-",
        quantity=round4(amount=product.quantity),
        unit_amount=round4(amount=_in_treatment(product=product, amount=product.price, treatment=terms.treatment)),
        discount_rate=_discount_rate(product=product),
        discount_amount=_discount_amount(product=product, treatment=terms.treatment),
        tax_type=None if untaxed else choice.tax_type,
        tax_percent=_NO_PERCENT if untaxed else choice.effective_rate,
        account_code=terms.default_account,
        own_percent=_percent(product=product),
        product=_product_key(product=product),
    )
    if _is_too_fine(product=product):
        return _folded(product=product, line=line, treatment=terms.treatment)
    return line


def _folded(*, product: DealProduct, line: DraftLine, treatment: LineAmountTypes) -> DraftLine:
    # More than four decimals: quantity 1, the rate in words.
    # https://developer.xero.com/documentation/api-guides/rounding-in-xero
    rate = f" ({product.quantity.normalize():f} x {product.price.normalize():f})"
    total = _in_treatment(product=product, amount=product.price * product.quantity, treatment=treatment)
    return replace(
        line,
        description=line.description[: _LONGEST_DESCRIPTION - len(rate)] + rate,
        quantity=Decimal(1),
        unit_amount=round4(amount=total),
    )


def _product_key(*, product: DealProduct) -> str:
    if product.product_id is None:
        return ""
    return f"{product.product_id}:{product.variation_id}" if product.variation_id else str(product.product_id)


def _is_too_fine(*, product: DealProduct) -> bool:
    return any(round4(amount=number) != number for number in (product.price, product.quantity))


def _percent(*, product: DealProduct) -> Decimal:
    return _NO_PERCENT if product.tax_method is TaxMethod.NONE else product.tax


def _in_treatment(*, product: DealProduct, amount: Decimal, treatment: LineAmountTypes) -> Decimal:
    native = NATIVE[product.tax_method]
    return converted(amount=amount, percent=_percent(product=product), own=native, treatment=treatment)


def _discount_rate(*, product: DealProduct) -> Decimal | None:
    if product.discount_type is DiscountType.AMOUNT or not product.discount:
        return None
    return round4(amount=product.discount)


def _discount_amount(*, product: DealProduct, treatment: LineAmountTypes) -> Decimal | None:
    # Xero turns an amount into a rate; at two decimals the line's amount is the same in either order of rounding.
    # https://github.com/XeroAPI/xero-node/issues/592
    if product.discount_type is DiscountType.PERCENTAGE:
        return None
    amount = _in_treatment(product=product, amount=product.discount, treatment=treatment)
    return round2(amount=amount) or None


def _remarks(*, product: DealProduct, treatment: LineAmountTypes) -> list[Note]:
    notes = []
    if difference := _difference(product=product, treatment=treatment):
        notes.append(Note(code=NoteCode.TREATMENT_CONVERTED, subject=product.name, values={"difference": difference}))
    if product.billing_frequency != _ONE_TIME:
        values = {"frequency": product.billing_frequency}
        notes.append(Note(code=NoteCode.RECURRING_ONE_CYCLE, subject=product.name, values=values))
    if _is_too_fine(product=product):
        notes.append(Note(code=NoteCode.PRICE_FOLDED, subject=product.name))
    return notes


def _difference(*, product: DealProduct, treatment: LineAmountTypes) -> Decimal:
    """Compare what the customer pays for a line with what Pipedrive says, both at Pipedrive's percentage."""
    native = NATIVE[product.tax_method]
    return _with_tax(product=product, treatment=treatment) - _with_tax(product=product, treatment=native)


def _with_tax(*, product: DealProduct, treatment: LineAmountTypes) -> Decimal:
    line = _line(product=product, terms=_Terms(treatment=treatment, tax_table={}, default_account=None))
    return with_tax(amount=line_amount(line=line), percent=_percent(product=product), treatment=treatment)


def _link_notes(*, products: Sequence[DealProduct], terms: _Terms) -> list[Note]:
    notes = []
    is_taxed = terms.treatment is not LineAmountTypes.NO_TAX
    for percent in sorted({_percent(product=product) for product in products if is_taxed}):
        choice = terms.choice(percent=percent)
        if choice.why in _TAX_NOTES:
            values: dict[str, Decimal | str] = {"percent": percent, "names": ", ".join(choice.names)}
            notes.append(Note(code=_TAX_NOTES[choice.why], values=values))
    if products and terms.default_account is None:
        notes.append(Note(code=NoteCode.ACCOUNT_MISSING))
    return notes


def _as_product(*, deal: Deal, value: Decimal) -> DealProduct:
    return DealProduct(
        attachment_id=0,
        product_id=None,
        variation_id=None,
        name=deal.title,
        comments="",
        price=value,
        quantity=Decimal(1),
        discount=Decimal(0),
        discount_type=DiscountType.PERCENTAGE,
        tax=_NO_PERCENT,
        tax_method=TaxMethod.EXCLUSIVE,
        currency=deal.currency,
        is_enabled=True,
        order=0,
    )
