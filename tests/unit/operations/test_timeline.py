"""A timeline tells an invoice's past to those who may see its deal, and to nobody of another company."""

from typing import Any

import pytest

from sync.domain.timeline import Side, Verb
from sync.errors import Anticipated, ErrorCode
from sync.operations.happenings import record_happening
from sync.operations.timeline import MOST, Entry, show_timeline
from sync.store.invoices import DealInvoice
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, ORGANISATION, House

INVOICE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


@pytest.fixture
def kept(home: House) -> House:
    """A house with an invoice on the deal."""
    home.keep_invoice(INVOICE)
    home.hang(INVOICE)
    return home


def test_the_newest_comes_first_with_who_did_it_by_the_organisation_s_calendar(kept: House) -> None:
    tell(kept, Verb.CREATED, user_id=ADMIN)
    kept.clock.advance(hours=1)
    tell(kept, Verb.APPROVED, user_id=99)
    kept.clock.advance(hours=1)
    tell(kept, Verb.DELETED, user_id=ADMIN, rule="lost", side=Side.INSTEP)
    tell(kept, Verb.CHANGED, side=Side.XERO, values={"facts": [{"fact": "sent"}]})

    days = show(kept).days

    # 10:42 in UTC is 23:42 in New Zealand, and an hour later it is the next day there.
    assert [(day.isoformat(), [entry.verb for entry in entries]) for day, entries in days] == [
        ("2026-11-23", [Verb.CHANGED, Verb.DELETED, Verb.APPROVED]),
        ("2026-11-22", [Verb.CREATED]),
    ]
    assert [(entry.user_name, entry.is_persons, entry.rule) for entry in entries_of(kept)] == [
        ("", False, ""),
        ("User 1", False, "lost"),
        ("", True, ""),
        ("User 1", True, ""),
    ]


def test_the_past_comes_back_with_an_invoice_that_was_taken_off(kept: House) -> None:
    tell(kept, Verb.LINKED, user_id=ADMIN)
    with kept.core.database.writing() as session:
        session.delete(session.get_one(DealInvoice, (COMPANY, ORGANISATION, INVOICE)))
    kept.add_deal(43)
    kept.hang(INVOICE, deal_id=43)

    assert [entry.verb for entry in entries_of(kept, deal_id=43)] == [Verb.LINKED]


def test_a_rule_that_stopped_before_there_was_an_invoice_is_told_on_its_deal_only(kept: House) -> None:
    tell(kept, Verb.RULE_STOPPED, invoice_id=None, organisation_id=None, rule="won", side=Side.INSTEP)
    tell(kept, Verb.RULE_STOPPED, invoice_id=None, organisation_id=None, deal_id=43, rule="won", side=Side.INSTEP)

    assert [entry.verb for entry in entries_of(kept)] == [Verb.RULE_STOPPED]


def test_nothing_is_told_of_an_invoice_that_hangs_elsewhere(kept: House) -> None:
    kept.add_deal(43)

    with pytest.raises(Anticipated) as caught:
        show(kept, deal_id=43)

    assert caught.value.code is ErrorCode.NOT_ON_DEAL


def test_another_company_of_the_same_organisation_has_a_past_of_its_own(kept: House) -> None:
    kept.add_company(7)
    stranger = kept.add_user(COLLEAGUE, company_id=7)
    kept.add_deal(DEAL, company_id=7)
    kept.hang(INVOICE, company_id=7)
    tell(kept, Verb.APPROVED, user_id=ADMIN)

    told = show_timeline(kept.core, person=stranger, deal_id=DEAL, invoice_id=INVOICE)

    assert told.days == ()


def test_a_long_past_is_cut_and_says_so(kept: House) -> None:
    for _ in range(MOST):
        tell(kept, Verb.EMAILED, user_id=ADMIN)
    assert not show(kept).is_cut

    tell(kept, Verb.EMAILED, user_id=ADMIN)

    assert show(kept).is_cut
    assert len(entries_of(kept)) == MOST


def tell(home: House, verb: Verb, **over: Any) -> None:
    """Write an entry down."""
    about: dict[str, Any] = {
        "company_id": COMPANY,
        "deal_id": DEAL,
        "organisation_id": ORGANISATION,
        "invoice_id": INVOICE,
    }
    with home.core.database.writing() as session:
        record_happening(session, **{**about, "at": home.clock(), "side": Side.PIPEDRIVE, "verb": verb} | over)


def show(home: House, deal_id: int = DEAL) -> Any:
    """Show the invoice's past to the admin."""
    return show_timeline(home.core, person=home.person(), deal_id=deal_id, invoice_id=INVOICE)


def entries_of(home: House, deal_id: int = DEAL) -> list[Entry]:
    """All entries that are shown."""
    return [entry for _day, entries in show(home, deal_id).days for entry in entries]
