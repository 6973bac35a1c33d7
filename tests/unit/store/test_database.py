"""What is written stays, what fails leaves nothing, and who writes waits for their turn."""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from sync.domain.secret import Secret
from sync.store.accounts import Organisation
from sync.store.company import Company, Installation
from sync.store.database import Database
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord
from sync.store.vault import Vault
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, ORGANISATION, House

INVOICE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


def test_a_transaction_that_fails_leaves_nothing(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        add_a_company_and_fail(house)

    assert house.all(Company) == []


def test_a_session_for_reading_commits_nothing(home: House) -> None:
    with home.core.database.reading() as session:
        session.get_one(Company, COMPANY).name = "Another"
        session.flush()

    assert home.get(Company, COMPANY).name == "Acme"


def test_writers_that_read_first_do_not_lose_each_other_s_work(home: House) -> None:
    together = threading.Barrier(4)

    def count() -> None:
        together.wait(timeout=10)
        for _ in range(5):
            with home.core.database.writing() as session:
                deal = session.get_one(DealRow, (COMPANY, DEAL), with_for_update=True)
                deal.revision += 1

    with ThreadPoolExecutor(4) as pool:
        for counted in [pool.submit(count) for _ in range(4)]:
            counted.result(timeout=30)

    assert home.get(DealRow, COMPANY, DEAL).revision == 20


@pytest.mark.parametrize("amount", ["0.0000", "-12.3400", "9999999999999999.9999", "0.1000"])
def test_money_comes_back_exactly(home: House, amount: str) -> None:
    home.keep_invoice(INVOICE, total=Decimal(amount))

    assert home.get(InvoiceRecord, ORGANISATION, INVOICE).total == Decimal(amount)


def test_money_is_never_a_float_in_the_file(home: House) -> None:
    home.keep_invoice(INVOICE, total=Decimal("0.10"))

    with home.core.database.reading() as session:
        [kept] = session.execute(text("SELECT total FROM invoice")).scalars()
    assert isinstance(kept, str | Decimal)


@pytest.mark.parametrize("hours", [-11, 0, 13])
def test_an_instant_comes_back_in_utc_to_the_microsecond(home: House, hours: int) -> None:
    moment = datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=hours)))
    home.set(Organisation, ORGANISATION, swept_to=moment)

    found = home.get(Organisation, ORGANISATION).swept_to

    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(home: House) -> None:
    with pytest.raises(StatementError, match="naive"):
        home.set(Organisation, ORGANISATION, swept_to=datetime(2026, 11, 22))  # noqa: DTZ001 - what is refused


def test_a_day_is_a_day(home: House) -> None:
    home.keep_invoice(INVOICE, due_date=date(2026, 12, 6))

    assert home.get(InvoiceRecord, ORGANISATION, INVOICE).due_date == date(2026, 12, 6)


def add_a_company_and_fail(house: House) -> None:
    """Write, and fail before the end."""
    with house.core.database.writing() as session:
        session.add(Company(company_id=7, name="N", default_currency="EUR", api_domain="d", created_at=house.clock()))
        session.flush()
        raise ZeroDivisionError


def a_deal_of_a_stranger(home: House) -> None:
    """Hang a deal on a company that is not there."""
    home.add_deal(9, company_id=404)


def an_invoice_on_a_stranger_s_deal(home: House) -> None:
    """Hang an invoice on another company's deal."""
    home.keep_invoice(INVOICE)
    home.hang(INVOICE, company_id=404)


def an_invoice_on_two_deals(home: House) -> None:
    """Hang an invoice on a second deal of the same company."""
    home.add_deal(43)
    home.keep_invoice(INVOICE)
    home.hang(INVOICE)
    home.hang(INVOICE, deal_id=43)


@pytest.mark.parametrize("deed", [a_deal_of_a_stranger, an_invoice_on_a_stranger_s_deal, an_invoice_on_two_deals])
def test_the_database_itself_refuses_what_must_not_be(home: House, deed: Callable[[House], None]) -> None:
    with pytest.raises(IntegrityError):
        deed(home)


def a_user_twice(home: House) -> None:
    """Install a second time what is installed."""
    home.add_user(ADMIN)


def a_user_without_a_name(home: House) -> None:
    """Take a user's name away."""
    home.set(Installation, COMPANY, ADMIN, user_name=None)


@pytest.mark.parametrize("deed", [a_user_twice, a_user_without_a_name, a_deal_of_a_stranger])
def test_a_refusal_of_the_database_tells_no_value(home: House, deed: Callable[[House], None]) -> None:
    with pytest.raises(IntegrityError) as caught:
        deed(home)

    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    values = (str(COMPANY), "=(404)", "@acme.example", home.get(Installation, COMPANY, ADMIN).access_token[:20])
    assert [value for value in values if value in said] == []
    assert "constraint" in said


def test_two_companies_may_share_an_invoice(home: House) -> None:
    home.add_company(7)
    home.add_deal(9, company_id=7)
    home.keep_invoice(INVOICE)
    home.hang(INVOICE)
    home.hang(INVOICE, deal_id=9, company_id=7)

    assert len(home.all(DealInvoice)) == 2


def test_a_database_says_whether_it_is_alive(database: Database) -> None:
    assert database.is_alive()


def test_the_first_key_seals_and_every_key_opens() -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = Vault(keys=(old,)).seal(Secret("token"))
    rotated = Vault(keys=(new, old))

    assert rotated.open(sealed).reveal() == "token"
    assert Vault(keys=(new,)).open(rotated.seal(Secret("token"))).reveal() == "token"
    with pytest.raises(InvalidToken):
        Vault(keys=(new,)).open(sealed)
