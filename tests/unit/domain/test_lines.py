from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.accounting import DraftLine
from sync.domain.crm import DealDiscount, DealProduct, DiscountType, TaxMethod
from sync.domain.invoice import LineAmountTypes
from sync.domain.lines import LinesDraft, deal_line, draft_lines, invoice_currency, tax_percents
from sync.domain.notes import Note, NoteCode
from sync.domain.tax import TaxChoice, TaxMatch
from sync.domain.totals import line_amount, line_tax, totals
from sync.errors import Anticipated, ErrorCode
from tests.unit.domain.factories import TAXES, a_deal, a_discount, a_product

INCLUSIVE, EXCLUSIVE, NONE = TaxMethod.INCLUSIVE, TaxMethod.EXCLUSIVE, TaxMethod.NONE


def drafted(
    *products: DealProduct, discounts: tuple[DealDiscount, ...] = (), treatment: LineAmountTypes | None = None
) -> LinesDraft:
    return draft_lines(
        products=products, discounts=discounts, tax_table=TAXES, default_account="200", treatment=treatment
    )


def codes(draft: LinesDraft) -> list[NoteCode]:
    return [note.code for note in draft.notes]


class TestALine:
    def test_it_is_the_product_with_account_and_tax(self) -> None:
        draft = drafted(a_product(quantity=Decimal("12.5"), discount=Decimal(10)))

        assert draft == LinesDraft(
            lines=(
                DraftLine(
                    description="Design hours",
                    quantity=Decimal("12.5"),
                    unit_amount=Decimal(95),
                    discount_rate=Decimal(10),
                    tax_type="OUTPUT2",
                    tax_percent=Decimal(20),
                    account_code="200",
                    own_percent=Decimal(20),
                    product="3",
                ),
            ),
            treatment=LineAmountTypes.EXCLUSIVE,
        )

    def test_an_amount_off_stays_an_amount(self) -> None:
        [line] = drafted(a_product(discount=Decimal("35.5"), discount_type=DiscountType.AMOUNT)).lines

        assert (line.discount_rate, line.discount_amount) == (None, Decimal("35.50"))

    @pytest.mark.parametrize("kind", DiscountType)
    def test_no_discount_is_not_sent_as_zero(self, kind: DiscountType) -> None:
        [line] = drafted(a_product(discount_type=kind)).lines

        assert (line.discount_rate, line.discount_amount) == (None, None)

    def test_lines_follow_the_order_in_pipedrive(self) -> None:
        draft = drafted(a_product(name="Second", order=2), a_product(name="First", order=1))

        assert [line.description for line in draft.lines] == ["First", "Second"]

    def test_a_disabled_product_stays_out_and_is_named(self) -> None:
        draft = drafted(a_product(), a_product(name="Photos", is_enabled=False))

        assert [line.description for line in draft.lines] == ["Design hours"]
        assert draft.notes == (Note(code=NoteCode.DISABLED_LEFT_OUT, subject="Photos"),)

    def test_a_recurring_product_is_one_cycle_with_a_note(self) -> None:
        draft = drafted(a_product(name="Care", billing_frequency="monthly", quantity=Decimal(1)))

        assert draft.lines[0].quantity == 1
        assert draft.notes == (Note(NoteCode.RECURRING_ONE_CYCLE, "Care", {"frequency": "monthly"}),)

    def test_a_price_finer_than_four_decimals_is_folded_into_one(self) -> None:
        draft = drafted(a_product(name="Clicks", price=Decimal("0.00125"), quantity=Decimal(1000)))

        [line] = draft.lines
        assert (line.description, line.quantity, line.unit_amount) == (
            "Clicks (1000 x 0.00125)",
            Decimal(1),
            Decimal("1.25"),
        )
        assert draft.notes == (Note(NoteCode.PRICE_FOLDED, "Clicks"),)

    def test_a_name_is_cut_to_what_xero_takes(self) -> None:
        draft = drafted(a_product(name=" " + "x" * 5000), a_product(name=" "))

        assert [len(line.description) for line in draft.lines] == [4000, 1]


class TestTax:
    def test_an_open_tax_is_left_open_with_a_note(self) -> None:
        ambiguous = {Decimal(20): TaxChoice(why=TaxMatch.AMBIGUOUS, names=("A", "B"))}

        draft = draft_lines(products=[a_product()], discounts=[], tax_table=ambiguous, default_account="200")

        [line] = draft.lines
        assert (line.tax_type, line.tax_percent, line.account_code) == (None, Decimal(0), "200")
        assert draft.notes == (Note(NoteCode.TAX_AMBIGUOUS, "", {"percent": Decimal(20), "names": "A, B"}),)

    def test_a_percentage_that_the_table_does_not_know_is_missing(self) -> None:
        assert codes(drafted(a_product(tax=Decimal(7)))) == [NoteCode.TAX_MISSING]

    def test_a_missing_account_is_noted_once(self) -> None:
        draft = draft_lines(products=[a_product()] * 2, discounts=[], tax_table=TAXES, default_account=None)

        assert codes(draft) == [NoteCode.ACCOUNT_MISSING]

    def test_products_without_tax_make_an_invoice_without_tax(self) -> None:
        draft = drafted(a_product(tax_method=NONE))

        assert (draft.treatment, draft.lines[0].tax_type, draft.lines[0].account_code) == ("NoTax", None, "200")
        assert draft.notes == ()

    def test_an_untaxed_product_among_taxed_ones_is_taxed_at_zero(self) -> None:
        draft = drafted(a_product(), a_product(tax_method=NONE))

        assert draft.treatment is LineAmountTypes.EXCLUSIVE
        assert (draft.lines[1].tax_type, draft.lines[1].tax_percent) == ("NONE", Decimal(0))
        assert draft.notes == ()

    def test_the_percentages_to_look_up_are_those_of_enabled_lines(self) -> None:
        products = [a_product(), a_product(tax_method=NONE), a_product(tax=Decimal(10), is_enabled=False)]

        assert tax_percents(products=products) == {Decimal(20), Decimal(0)}
        assert tax_percents(products=[]) == {Decimal(0)}


class TestConversion:
    def test_tax_is_taken_out_of_a_price_at_four_decimals(self) -> None:
        draft = drafted(a_product(tax_method=INCLUSIVE, quantity=Decimal(4)), treatment=LineAmountTypes.EXCLUSIVE)

        [line] = draft.lines
        assert line.unit_amount == Decimal("79.1667")
        # 4 x 79.1667 = 316.67 and 63.33 of tax: the 380.00 that Pipedrive says, so there is nothing to remark.
        assert draft.notes == ()

    def test_without_tax_a_price_is_net(self) -> None:
        inclusive = drafted(a_product(tax_method=INCLUSIVE, price=Decimal(120)), treatment=LineAmountTypes.NO_TAX)
        exclusive = drafted(a_product(price=Decimal(100)), treatment=LineAmountTypes.NO_TAX)

        assert [draft.lines[0].unit_amount for draft in (inclusive, exclusive)] == [Decimal(100), Decimal(100)]
        assert inclusive.notes == exclusive.notes
        assert inclusive.notes[0].values == {"difference": Decimal(-20)}

    def test_the_difference_is_reported(self) -> None:
        draft = drafted(
            a_product(price=Decimal("0.3475"), tax=Decimal(10), quantity=Decimal(5000)),
            treatment=LineAmountTypes.INCLUSIVE,
        )

        # 0.38225 is 0.3823 at four decimals; 5000 of them are 25 cents more than 1737.50 and its tax.
        assert draft.notes[0].values == {"difference": Decimal("0.25")}

    def test_an_amount_off_is_converted_with_its_line(self) -> None:
        product = a_product(discount=Decimal(10), discount_type=DiscountType.AMOUNT)

        [line] = drafted(product, treatment=LineAmountTypes.INCLUSIVE).lines

        assert (line.unit_amount, line.discount_amount) == (Decimal(114), Decimal(12))

    def test_lines_that_disagree_take_the_treatment_that_moves_the_total_least(self) -> None:
        fine = a_product(price=Decimal("0.3475"), tax=Decimal(10), quantity=Decimal(5000))
        plain = a_product(tax_method=INCLUSIVE, quantity=Decimal(4))

        draft = drafted(fine, plain)

        assert draft.treatment == "Exclusive"
        assert draft.notes == ()

    def test_tax_added_to_cents_is_exact(self) -> None:
        draft = drafted(
            a_product(quantity=Decimal(1000)),
            a_product(tax_method=INCLUSIVE, price=Decimal(95), quantity=Decimal(1000)),
        )

        assert draft.treatment == "Inclusive"
        assert draft.notes == ()

    @given(
        price=st.decimals(Decimal("0.0001"), Decimal(20000), places=4),
        quantity=st.decimals(Decimal("0.01"), Decimal(500), places=2),
        percent=st.sampled_from([Decimal(20), Decimal(10), Decimal(0)]),
        method=st.sampled_from([INCLUSIVE, EXCLUSIVE]),
        treatment=st.sampled_from([LineAmountTypes.INCLUSIVE, LineAmountTypes.EXCLUSIVE]),
    )
    def test_the_reported_difference_is_what_the_customer_sees(
        self, price: Decimal, quantity: Decimal, percent: Decimal, method: TaxMethod, treatment: LineAmountTypes
    ) -> None:
        product = a_product(price=price, quantity=quantity, tax=percent, tax_method=method)

        draft = drafted(product, treatment=treatment)

        net = line_amount(line=DraftLine(description="", quantity=quantity, unit_amount=price))
        added = line_tax(amount=net, percent=percent, treatment=LineAmountTypes.EXCLUSIVE)
        wanted = net if method is INCLUSIVE else net + added
        reported = sum((Decimal(note.values["difference"]) for note in draft.notes), Decimal(0))
        assert totals(lines=draft.lines, treatment=treatment).total - wanted == reported
        # Half of a ten-thousandth for each piece and its tax, and three roundings to the cent, one of them taxed.
        assert abs(reported) <= quantity * Decimal("0.00006") + Decimal("0.016")


class TestDealDiscounts:
    def test_one_negative_line_for_each_tax_rate(self) -> None:
        draft = drafted(
            a_product(price=Decimal(2300)),
            a_product(price=Decimal(960), tax=Decimal(10)),
            discounts=(a_discount(amount=Decimal(5)),),
        )

        assert [(line.tax_type, line.unit_amount) for line in draft.lines[2:]] == [
            ("OUTPUT2", Decimal(-115)),
            ("RROUTPUT", Decimal(-48)),
        ]

    def test_recurring_products_have_no_part_in_it(self) -> None:
        discount = a_discount()

        both = drafted(a_product(), a_product(billing_frequency="monthly"), discounts=(discount,))
        recurring = drafted(a_product(billing_frequency="monthly"), discounts=(discount,))

        assert both.lines[-1].unit_amount == Decimal("-9.5")
        assert codes(recurring) == [NoteCode.RECURRING_ONE_CYCLE, NoteCode.DISCOUNT_NOT_APPLIED]


class TestWithoutProducts:
    def test_the_deal_is_its_own_line(self) -> None:
        draft = deal_line(deal=a_deal(), tax_table=TAXES, default_account="200")

        [line] = draft.lines
        assert (line.description, line.quantity, line.unit_amount) == ("Rebrand", Decimal(1), Decimal(650))
        assert codes(draft) == [NoteCode.DEAL_VALUE_USED]

    @pytest.mark.parametrize("value", [None, Decimal(0)])
    def test_a_deal_without_a_value_has_no_line(self, value: Decimal | None) -> None:
        assert deal_line(deal=a_deal(value=value), tax_table=TAXES, default_account="200").lines == ()


class TestCurrency:
    def test_it_is_that_of_the_products(self) -> None:
        assert invoice_currency(deal=a_deal(), products=[a_product(currency="USD")]) == "USD"

    def test_it_is_that_of_the_deal_without_products(self) -> None:
        assert invoice_currency(deal=a_deal(currency="GBP"), products=[]) == "GBP"

    def test_two_at_once_are_refused(self) -> None:
        with pytest.raises(Anticipated) as refusal:
            invoice_currency(deal=a_deal(), products=[a_product(currency="USD"), a_product()])

        assert refusal.value.code is ErrorCode.MIXED_CURRENCIES

    def test_a_disabled_product_does_not_mix_currencies(self) -> None:
        products = [a_product(currency="USD", is_enabled=False), a_product()]

        assert invoice_currency(deal=a_deal(), products=products) == "EUR"
