"""What an activity says, to whom."""

from datetime import date
from decimal import Decimal

import pytest

from sync.domain.reminders import reminder_of
from sync.domain.rules import RuleKind
from tests.unit.domain.factories import an_invoice

LATE = an_invoice(number="INV-7", due_date=date(2026, 11, 14), amount_due=Decimal("1200.5"), total=Decimal("1500"))


@pytest.mark.parametrize(
    ("kind", "language", "locale", "subject", "note"),
    [
        (
            RuleKind.OVERDUE,
            "en",
            "en_IE",
            "Invoice INV-7 is overdue",
            "€1,200.50 was due on 14 November 2026.",
        ),
        (RuleKind.PAID, "en", "en_US", "Invoice INV-7 is paid", "€1,500.00 has been paid."),
        (
            RuleKind.OVERDUE,
            "fr",
            "fr_FR",
            "La facture INV-7 est en retard",
            "1\N{NARROW NO-BREAK SPACE}200,50\N{NO-BREAK SPACE}€ étaient dus le 14 novembre 2026.",
        ),
        (RuleKind.PAID, "de", "de_DE", "Invoice INV-7 is paid", "€1,500.00 has been paid."),
        (RuleKind.PAID, "fr", "en_IE", "La facture INV-7 est payée", "ont été payés."),
        (RuleKind.PAID, "", "", "Invoice INV-7 is paid", "€1,500.00 has been paid."),
    ],
)
def test_it_is_written_in_the_owner_s_language(
    kind: RuleKind, language: str, locale: str, subject: str, note: str
) -> None:
    told = reminder_of(kind=kind, invoice=LATE, link="https://x.example", language=language, locale=locale)

    assert told.subject == subject
    assert note in told.note


def test_the_link_can_hold_no_tag_of_its_own() -> None:
    told = reminder_of(kind=RuleKind.PAID, invoice=LATE, link='https://x.example/"><b>', language="en", locale="en")

    assert 'href="https://x.example/&quot;&gt;&lt;b&gt;"' in told.note


def test_an_invoice_without_a_number_is_called_so() -> None:
    told = reminder_of(kind=RuleKind.PAID, invoice=an_invoice(number=""), link="", language="en", locale="en")

    assert told.subject == "Invoice without a number is paid"
    assert "<a" not in told.note
