"""Plain values to start a test from; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sync.domain.accounting import Contact, DraftLine, TaxRate
from sync.domain.crm import Address, CrmOrganization, Deal, DealDiscount, DealProduct, DiscountType, Person, TaxMethod
from sync.domain.invoice import Invoice, Status
from sync.domain.tax import TaxChoice, TaxMatch


def a_line(**changes: Any) -> DraftLine:
    return replace(DraftLine(description="Signs", quantity=Decimal(1), unit_amount=Decimal("100.00")), **changes)


def a_product(**changes: Any) -> DealProduct:
    return replace(
        DealProduct(
            attachment_id=1,
            product_id=3,
            variation_id=None,
            name="Design hours",
            comments="",
            price=Decimal(95),
            quantity=Decimal(1),
            discount=Decimal(0),
            discount_type=DiscountType.PERCENTAGE,
            tax=Decimal(20),
            tax_method=TaxMethod.EXCLUSIVE,
            currency="EUR",
            is_enabled=True,
            order=1,
        ),
        **changes,
    )


def a_discount(**changes: Any) -> DealDiscount:
    return replace(
        DealDiscount(description="Spring", amount=Decimal(10), discount_type=DiscountType.PERCENTAGE), **changes
    )


def a_deal(**changes: Any) -> Deal:
    return replace(
        Deal(
            deal_id=42,
            title="Rebrand",
            status="open",
            currency="EUR",
            value=Decimal("650.00"),
            owner_id=7,
            person_id=5,
            org_id=6,
            stage_id=1,
            pipeline_id=1,
            is_deleted=False,
            is_archived=False,
            update_time=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        ),
        **changes,
    )


def a_person(**changes: Any) -> Person:
    return replace(Person(person_id=5, name="Niamh Brennan", email="niamh@brightwater.example", org_id=6), **changes)


def an_organization(**changes: Any) -> CrmOrganization:
    quay = Address(value="14 Quay Street, Dublin", street="14 Quay Street", locality="Dublin", country="Ireland")
    return replace(CrmOrganization(org_id=6, name="Brightwater Studio Ltd", address=quay), **changes)


def a_contact(**changes: Any) -> Contact:
    return replace(
        Contact(contact_id="c-1", name="Harbour Lane Dental", email="", status="ACTIVE", tax_number=""),
        **changes,
    )


def a_rate(**changes: Any) -> TaxRate:
    return replace(
        TaxRate(
            tax_type="OUTPUT2",
            name="VAT 20 %",
            effective_rate=Decimal(20),
            is_active=True,
            classes=frozenset({"REVENUE"}),
        ),
        **changes,
    )


def a_choice(percent: str, tax_type: str) -> dict[Decimal, TaxChoice]:
    rate = Decimal(percent)
    return {rate: TaxChoice(why=TaxMatch.MATCHED, tax_type=tax_type, effective_rate=rate, names=(tax_type,))}


TAXES = a_choice("20", "OUTPUT2") | a_choice("10", "RROUTPUT") | a_choice("0", "NONE")


def an_invoice(status: Status = Status.AUTHORISED, **changes: Any) -> Invoice:
    total = changes.get("total", Decimal("120.00"))
    return replace(
        Invoice(
            invoice_id="i-1",
            type="ACCREC",
            number="INV-0001",
            status=status,
            contact_id="c-1",
            contact_name="Harbour Lane Dental",
            currency="EUR",
            sub_total=total,
            total_tax=Decimal(0),
            total=total,
            amount_due=Decimal(0) if status is Status.PAID else total,
            amount_paid=total if status is Status.PAID else Decimal(0),
            amount_credited=Decimal(0),
            issue_date=date(2026, 11, 1),
            due_date=date(2026, 12, 1),
            reference="",
            url="",
            sent_to_contact=False,
            updated_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        ),
        **changes,
    )
