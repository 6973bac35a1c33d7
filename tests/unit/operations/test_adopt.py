"""Invoices of after a copy, in a database that was restored from it, find back to their deals."""

import pytest

from sync.connections.xero import client_for, get_active
from sync.domain.invoice import Invoice
from sync.domain.mark import Mark, mark_url
from sync.operations.adopt import adopt_marked, named_by
from sync.operations.outcome import Outcome
from sync.operations.sweep import sweep_organisation
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.fakes.core import away
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, CONTACT, DEAL, ORGANISATION, House

INTENT = "11111111-0000-4000-8000-000000000001"
NEW_DEAL = 77


@pytest.fixture(autouse=True)
def restored(home: House) -> None:
    """The organisation was last swept before the copy was taken."""
    home.keep_tokens_good()
    home.set(Organisation, ORGANISATION, sweep_due_at=home.clock(), swept_to=home.clock())
    home.clock.advance(hours=1)


def test_an_invoice_that_we_made_hangs_on_its_deal_again(home: House) -> None:
    invoice_id = made(home, Status="PAID")

    sweep(home)

    assert places(home) == {invoice_id: DEAL}
    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()
    assert next((one.verb, one.user_id) for one in home.all(Happening)) == ("created", COLLEAGUE)


def test_what_a_rule_had_made_is_the_rule_s_again(home: House) -> None:
    about = {"rule": "won", "cause": "x", "deal_id": DEAL, "state": "pending", "created_at": home.clock()}
    home.add(RuleRun(run_key=INTENT, company_id=COMPANY, **about))
    made(home)

    sweep(home)

    assert home.get(Intent, INTENT).rule == "won"
    assert next((one.verb, one.rule, one.user_id) for one in home.all(Happening)) == ("created", "won", None)


def test_whoever_asks_for_the_same_again_is_told_that_it_is_done(home: House) -> None:
    invoice_id = made(home)

    sweep(home)

    intent = home.get(Intent, INTENT)
    assert (intent.state, intent.invoice_id, intent.user_id) == ("done", invoice_id, COLLEAGUE)


def test_a_window_that_was_open_when_the_copy_was_taken_is_done_as_well(home: House) -> None:
    home.add_intent(INTENT)
    invoice_id = made(home)

    sweep(home)

    assert (home.get(Intent, INTENT).state, places(home)) == ("done", {invoice_id: DEAL})


def test_a_deal_that_is_younger_than_the_copy_is_asked_for(home: House) -> None:
    home.pipedrive.add_deal(NEW_DEAL, title="Young")
    invoice_id = made(home, deal_id=NEW_DEAL)

    sweep(home)

    assert places(home) == {invoice_id: NEW_DEAL}
    assert home.get(DealRow, COMPANY, NEW_DEAL).title == "Young"


def test_a_deal_that_is_gone_holds_up_nobody(home: House) -> None:
    made(home, deal_id=404)

    assert sweep(home) is Outcome.DONE

    assert places(home) == {}


def test_where_pipedrive_is_away_the_sweep_is_made_once_more(home: House) -> None:
    home.pipedrive.add_deal(NEW_DEAL)
    invoice_id = made(home, deal_id=NEW_DEAL)
    home.web.trouble("GET", f"/deals/{NEW_DEAL}", away)
    assert sweep(home) is Outcome.IGNORED

    sweep(home)

    assert places(home) == {invoice_id: NEW_DEAL}


def test_where_nobody_is_left_to_ask_for_the_deal_the_sweep_goes_on(home: House) -> None:
    home.set(Company, COMPANY, acting_user_id=None)
    made(home, deal_id=NEW_DEAL)

    assert sweep(home) is Outcome.DONE


def test_a_mark_that_we_did_not_seal_hangs_nothing(home: House) -> None:
    home.xero.add_invoice(Url=f"https://instep.example/i/{INTENT}?of={COMPANY}-{DEAL}-{ADMIN}-{'0' * 32}")

    sweep(home)

    assert places(home) == {}


def test_a_mark_counts_for_nothing_once_its_company_has_left(home: House) -> None:
    invoice = fetched(home, made(home))
    home.set(Connection, home.all(Connection)[0].key, state="lost")

    adopt_marked(home.core, organisation_id=ORGANISATION, invoices=[invoice])

    assert places(home) == {}


def test_what_a_person_took_off_a_deal_stays_off(home: House) -> None:
    invoice_id = made(home)
    home.keep_invoice(invoice_id)

    sweep(home)

    assert places(home) == {}


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (
            "https://go.xero.com/?shortcode=!a&redirecturl=/View.aspx%3FInvoiceID%3D11111111-0000-4000-8000-00000000000A",
            "11111111-0000-4000-8000-00000000000a",
        ),
        ("https://go.xero.com/somewhere", None),
        ("InvoiceID=7", None),
        (None, None),
        (7, None),
    ],
)
def test_a_link_names_an_invoice(link: object, found: str | None) -> None:
    assert named_by(link) == found


def made(home: House, *, deal_id: int = DEAL, **over: object) -> str:
    """An invoice that we made, and of which the database knows nothing."""
    mark = Mark(intent_id=INTENT, company_id=COMPANY, deal_id=deal_id, user_id=COLLEAGUE)
    url = mark_url(base_url="https://instep.example", mark=mark, key=home.core.settings.secret_key)
    return home.xero.add_invoice(Url=url, Contact={"ContactID": CONTACT, "Name": "Barney"}, **over)


def fetched(home: House, invoice_id: str) -> Invoice:
    """The invoice as Xero gives it."""
    organisation = get_active(home.core, company_id=COMPANY)
    return client_for(home.core, organisation=organisation).get_invoice(invoice_id=invoice_id)


def sweep(home: House) -> Outcome:
    """Sweep the organisation."""
    return sweep_organisation(home.core, organisation_id=ORGANISATION)


def places(home: House) -> dict[str, int]:
    """Which invoice hangs on which deal."""
    return {link.invoice_id: link.deal_id for link in home.all(DealInvoice)}
