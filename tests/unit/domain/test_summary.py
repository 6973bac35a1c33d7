import json
from datetime import date
from decimal import Decimal

import pytest

from sync.domain.invoice import Invoice, Status
from sync.domain.summary import (
    DealSummary,
    Slot,
    SummaryField,
    changed_values,
    deal_summary,
    field_values,
    storable_values,
)
from tests.unit.domain.factories import an_invoice

OPTIONS = {status: 100 + at for at, status in enumerate(Status)}
FIELDS = {slot: SummaryField(field_code=f"code-{slot}") for slot in Slot} | {
    Slot.STATUS: SummaryField(field_code="code-status", option_ids=OPTIONS)
}


def summary_of(*invoices: Invoice) -> DealSummary:
    return deal_summary(invoices=invoices, deal_currency="EUR")


class TestSummary:
    def test_a_part_paid_invoice(self) -> None:
        invoice = an_invoice(amount_paid=Decimal("20.00"), amount_due=Decimal("100.00"))

        assert summary_of(invoice) == DealSummary(
            currency="EUR",
            status=Status.AUTHORISED,
            number="INV-0001",
            invoiced=Decimal("120.00"),
            paid=Decimal("20.00"),
            due=Decimal("100.00"),
            next_due_date=date(2026, 12, 1),
            other_currencies="",
            link_invoice_id="i-1",
        )

    def test_a_deal_without_invoices_says_nothing(self) -> None:
        assert summary_of() == DealSummary(currency="EUR")

    @pytest.mark.parametrize(
        ("stronger", "weaker"),
        [
            (Status.AUTHORISED, Status.SUBMITTED),
            (Status.SUBMITTED, Status.DRAFT),
            (Status.DRAFT, Status.PAID),
            (Status.PAID, Status.VOIDED),
            (Status.VOIDED, Status.DELETED),
        ],
    )
    def test_what_still_wants_attention_gives_the_status(self, stronger: Status, weaker: Status) -> None:
        leading, other = an_invoice(stronger, invoice_id="z"), an_invoice(weaker, invoice_id="a")

        assert summary_of(leading, other) == summary_of(other, leading)
        assert (summary_of(other, leading).status, summary_of(other, leading).link_invoice_id) == (stronger, "z")

    def test_sums_are_of_submitted_approved_and_paid(self) -> None:
        invoices = [an_invoice(status, total=Decimal(10**at)) for at, status in enumerate(Status)]

        summary = summary_of(*invoices)

        assert (summary.invoiced, summary.paid, summary.due) == (Decimal(1110), Decimal(1000), Decimal(100))

    def test_the_next_due_date_is_the_earliest_that_is_still_owed(self) -> None:
        summary = summary_of(
            an_invoice(due_date=date(2026, 12, 24)),
            an_invoice(due_date=date(2026, 12, 5)),
            an_invoice(due_date=None),
            an_invoice(due_date=date(2026, 11, 1), amount_due=Decimal(0)),
            an_invoice(Status.SUBMITTED, due_date=date(2026, 10, 1)),
        )

        assert summary.next_due_date == date(2026, 12, 5)

    def test_other_currencies_are_told_in_words_and_not_summed(self) -> None:
        dollars = an_invoice(currency="USD", amount_paid=Decimal(20), amount_due=Decimal(100))
        pounds = an_invoice(Status.PAID, currency="GBP")

        summary = summary_of(dollars, pounds)

        assert (summary.invoiced, summary.next_due_date) == (Decimal(0), None)
        assert summary.other_currencies == (
            "GBP 120.00 invoiced, 120.00 paid, 0.00 due; USD 120.00 invoiced, 20.00 paid, 100.00 due"
        )

    def test_a_draft_in_another_currency_is_not_yet_money(self) -> None:
        assert summary_of(an_invoice(Status.DRAFT, currency="USD")).other_currencies == ""

    def test_bills_are_not_of_this_deal(self) -> None:
        assert summary_of(an_invoice(type="ACCPAY")) == DealSummary(currency="EUR")

    def test_all_live_numbers_are_shown_and_the_leading_one_first(self) -> None:
        summary = summary_of(
            an_invoice(Status.PAID, number="INV-1"),
            an_invoice(Status.VOIDED, number="INV-2"),
            an_invoice(Status.AUTHORISED, number="INV-3"),
            an_invoice(Status.DRAFT, number=""),
        )

        assert summary.number == "INV-3, INV-1"

    def test_a_dead_number_is_better_than_none(self) -> None:
        assert summary_of(an_invoice(Status.VOIDED, number="INV-2")).number == "INV-2"


class TestFieldValues:
    def test_values_are_as_pipedrive_takes_them(self) -> None:
        summary = summary_of(an_invoice(amount_paid=Decimal("19.90"), amount_due=Decimal("100.10")))

        values = field_values(summary=summary, fields=FIELDS, link="https://go.xero.com/x")

        assert values == {
            "code-status": 102,
            "code-number": "INV-0001",
            "code-invoiced": {"value": 120, "currency": "EUR"},
            "code-paid": {"value": Decimal("19.90"), "currency": "EUR"},
            "code-due": {"value": Decimal("100.10"), "currency": "EUR"},
            "code-next_due_date": "2026-12-01",
            "code-other_currencies": None,
            "code-link": "https://go.xero.com/x",
        }

    def test_no_invoice_empties_every_field(self) -> None:
        values = field_values(summary=summary_of(), fields=FIELDS, link="")

        assert values == dict.fromkeys((one.field_code for one in FIELDS.values()), None)

    def test_a_field_that_is_gone_is_left_alone_and_a_status_whose_option_is_gone_empties_its_field(self) -> None:
        fields = {Slot.STATUS: SummaryField(field_code="s", option_ids={}), Slot.NUMBER: SummaryField(field_code="n")}

        assert field_values(summary=summary_of(an_invoice()), fields=fields, link="") == {
            "n": "INV-0001",
            "s": None,
        }

    def test_text_fits_a_short_field(self) -> None:
        summary = summary_of(*(an_invoice(number=f"INV-{at:04}", invoice_id=f"{at:03}") for at in range(60)))

        number = field_values(summary=summary, fields=FIELDS, link="x" * 256)["code-number"]

        assert isinstance(number, str)
        assert len(number) <= 255
        assert number.endswith("…")

    def test_a_link_that_does_not_fit_is_no_link(self) -> None:
        assert field_values(summary=summary_of(), fields=FIELDS, link="x" * 256)["code-link"] is None

    def test_no_amount_is_ever_a_float(self) -> None:
        values = field_values(summary=summary_of(an_invoice()), fields=FIELDS, link="")

        for code in ("code-invoiced", "code-paid", "code-due"):
            monetary = values[code]
            assert isinstance(monetary, dict)
            assert isinstance(monetary["value"], Decimal)


class TestChangedValues:
    def test_only_what_differs_is_written(self) -> None:
        last = {"a": 1, "b": Decimal("10.00"), "gone": "x"}
        new = {"a": 2, "b": Decimal(10), "c": None, "d": "new"}

        assert changed_values(new=new, last_written=storable_values(values=last)) == {"a": 2, "d": "new"}

    def test_what_was_written_can_be_kept_as_json(self) -> None:
        values = field_values(summary=summary_of(an_invoice()), fields=FIELDS, link="")
        kept = json.loads(json.dumps(storable_values(values=values)))

        assert kept["code-invoiced"] == {"value": "120.00", "currency": "EUR"}
        assert changed_values(new=values, last_written=kept) == {}

    def test_another_currency_is_a_change(self) -> None:
        fields = {Slot.DUE: SummaryField(field_code="due")}
        euros, dollars = (
            field_values(summary=DealSummary(currency=code, due=Decimal(10)), fields=fields, link="")
            for code in ("EUR", "USD")
        )

        assert changed_values(new=dollars, last_written=storable_values(values=euros)) == dollars
