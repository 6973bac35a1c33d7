"""Two at once, or one that comes late: never two invoices for one wish, never an older truth over a newer one."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from sync.clients.transport import Response
from sync.domain.invoice import Status
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.deeds import Kind
from sync.operations.draft_invoice import draft_invoice
from sync.operations.drain_xero import drain_organisation
from sync.operations.half_written import keep_half_written
from sync.operations.inbox import accept_delivery
from sync.operations.intents import Ask, ask, claim
from sync.operations.invoices import apply_invoice, mark_deals_due, to_invoice
from sync.operations.lease import LeaseLost
from sync.operations.panel import show_panel
from sync.operations.push_deals import push_deals
from sync.operations.refresh_invoices import refresh_deal
from sync.operations.send_intent import send, settle_intents
from sync.operations.split_deliveries import split_deliveries
from sync.operations.work_off import work_off
from sync.store.accounts import Connection, Grant
from sync.store.invoices import DealRow, HalfWritten, InvoiceRecord
from tests.unit.fakes.core import answers, away, lost_after, meanwhile
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, TENANT, House, a_request
from tests.unit.operations.test_send_intent import BODY, INTENT, REFUSAL, intent, keys, lose_everything

EMPTY = Response(200, {"content-type": "application/json"}, b'{"Invoices": []}')


@pytest.fixture
def claimed(home: House) -> House:
    """A house with an intent that is about to be sent."""
    home.add_intent(INTENT, contact_id=CONTACT)
    claim(home.core, intent_id=INTENT, contact_id=CONTACT, body=BODY)
    return home


def test_a_look_that_outlives_its_claim_sends_nothing_after_another_worker_has(claimed: House) -> None:
    lose_everything(claimed)
    claimed.clock.advance(minutes=7)

    def another_worker() -> None:
        claimed.clock.advance(seconds=91)
        settle_intents(claimed.core)

    claimed.web.trouble("GET", "/Invoices", meanwhile(another_worker))

    settle_intents(claimed.core)

    assert len(claimed.xero.invoices) == 1
    assert keys(claimed)[-1] == f"{INTENT}-2"


def test_an_event_that_finishes_the_intent_during_the_look_ends_the_matter(claimed: House) -> None:
    lose_the_answer(claimed)
    claimed.clock.advance(minutes=7)

    def finish_and_lag(_handle: object) -> Response:
        claimed.add_events(list(claimed.xero.invoices))
        drain_organisation(claimed.core, organisation_id=ORGANISATION)
        return EMPTY

    claimed.web.trouble("GET", "/Invoices", finish_and_lag)

    settle_intents(claimed.core)

    assert intent(claimed).state == "done"
    assert len(claimed.xero.invoices) == 1


def test_a_look_that_is_refused_proves_nothing(claimed: House) -> None:
    claimed.web.trouble("PUT", "/Invoices", lost_after)
    claimed.web.trouble("GET", "/Invoices", answers(400, REFUSAL))

    with pytest.raises(Transient):
        send(claimed.core, intent_id=INTENT)

    assert intent(claimed).state == "unknown"


def test_no_second_invoice_is_begun_while_nobody_knows_of_the_first(claimed: House) -> None:
    lose_everything(claimed)
    other = str(uuid.uuid4())
    claimed.add_intent(other, contact_id=CONTACT)

    with pytest.raises(Anticipated) as caught:
        claim(claimed.core, intent_id=other, contact_id=CONTACT, body=BODY)

    assert caught.value.code is ErrorCode.IN_PROGRESS
    assert not show_panel(claimed.core, person=claimed.person(), deal_id=DEAL).can_create


def test_what_was_refused_while_nobody_waited_is_said_on_the_deal(claimed: House) -> None:
    lose_everything(claimed)
    claimed.clock.advance(minutes=7)
    claimed.web.trouble("PUT", "/Invoices", answers(400, REFUSAL))

    settle_intents(claimed.core)

    view = show_panel(claimed.core, person=claimed.person(), deal_id=DEAL)
    [problem] = view.problems
    assert problem.detail == "Nope"
    assert view.can_create


def test_the_loser_of_two_clicks_does_not_change_what_is_looked_for(home: House) -> None:
    home.add_intent(INTENT)
    lose(home, "PUT", lost_after)
    lose(home, "GET", away)
    with pytest.raises(Transient):
        draft_invoice(home.core, person=home.person(), deal_id=DEAL, request=a_request(INTENT, contact_id=CONTACT))

    with pytest.raises(Anticipated):
        draft_invoice(
            home.core, person=home.person(), deal_id=DEAL, request=a_request(INTENT, contact_id=str(uuid.uuid4()))
        )

    assert intent(home).contact_id == CONTACT
    home.clock.advance(minutes=7)
    settle_intents(home.core)
    assert len(home.xero.invoices) == 1


def test_an_intent_is_never_sent_with_another_company_s_grant(claimed: House) -> None:
    claimed.add_company(777)
    claimed.add_user(9, 777)
    claimed.add(Grant(grant_id="g2", xero_userid=str(uuid.uuid4()), **claimed.tokens("g2")))
    claimed.connect(777, grant_id="g2", connected_by=9)
    lose_everything(claimed)
    sent = len(keys(claimed))
    [own] = [row for row in claimed.all(Connection) if row.company_id == COMPANY]
    claimed.set(Connection, own.key, state="ended")
    claimed.clock.advance(minutes=7)

    settle_intents(claimed.core)

    assert len(keys(claimed)) == sent
    assert intent(claimed).state == "unknown"


def test_an_older_answer_that_is_written_later_changes_nothing(home: House) -> None:
    if home.core.database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time, so that the two cannot be interleaved")
    invoice_id = home.add_invoice()
    start = to_invoice(home.get(InvoiceRecord, ORGANISATION, invoice_id))
    older = replace(start, amount_due=Decimal(50), updated_at=start.updated_at + timedelta(minutes=1))
    newer = replace(
        start, status=Status.PAID, amount_due=Decimal(0), updated_at=start.updated_at + timedelta(minutes=2)
    )
    keep = partial(
        apply_invoice,
        organisation_id=ORGANISATION,
        base_url="https://instep.example",
        asked_at=home.clock(),
        now=home.clock(),
    )

    with home.core.database.writing() as late:
        late.get(InvoiceRecord, (ORGANISATION, invoice_id))
        with home.core.database.writing() as early:
            keep(early, invoice=newer)
        keep(late, invoice=older)

    row = home.get(InvoiceRecord, ORGANISATION, invoice_id)
    assert (row.status, row.amount_due) == ("PAID", Decimal(0))


def test_of_two_answers_of_the_same_age_the_one_asked_for_later_stands(home: House) -> None:
    invoice_id = home.add_invoice()
    home.set(InvoiceRecord, ORGANISATION, invoice_id, updated_at=home.clock() - timedelta(days=2))
    home.add_events([invoice_id])

    def edited_meanwhile() -> None:
        # On a part-paid document Xero leaves the moment of its last change as it was.
        home.clock.advance(seconds=1)
        home.xero.invoices[invoice_id] |= {"DueDateString": "2027-01-15T00:00:00"}
        refresh_deal(home.core, person=home.person(), deal_id=DEAL)

    home.web.trouble("GET", "/Invoices", meanwhile(edited_meanwhile))

    drain_organisation(home.core, organisation_id=ORGANISATION)

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).due_date == date(2027, 1, 15)
    assert home.event_states() == ["done"]


def test_a_write_that_lands_late_is_followed_by_the_truth(home: House) -> None:
    home.add_fields("status", "due")
    invoice_id = home.add_invoice()
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="AUTHORISED", amount_due=Decimal(100))
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock(), revision=1)

    def slow(handle: Callable[[], Response]) -> Response:
        home.clock.advance(seconds=25)
        home.set(InvoiceRecord, ORGANISATION, invoice_id, status="PAID", amount_due=Decimal(0))
        with home.core.database.writing() as session:
            mark_deals_due(session, organisation_id=ORGANISATION, invoice_id=invoice_id, now=home.clock())
        push_deals(home.core, company_id=COMPANY)
        return handle()

    home.web.trouble("PATCH", f"/deals/{DEAL}", slow)
    with pytest.raises(LeaseLost):
        push_deals(home.core, company_id=COMPANY)
    work_off(home.core)

    last = json.loads([call.body for call in home.web.calls if call.method == "PATCH"][-1] or b"")
    assert last["custom_fields"]["code-status"] == home.get(DealRow, COMPANY, DEAL).written["code-status"]
    assert home.get(DealRow, COMPANY, DEAL).due_at is None


def test_a_body_that_no_database_can_hold_stops_nobody(home: House) -> None:
    event = {
        "tenantId": TENANT,
        "eventCategory": "INVOICE",
        "resourceId": str(uuid.uuid4()),
        "eventType": "UP\ud800",
        "eventDateUtc": "2026-11-22T10:00:00.000",
    }
    accept_delivery(home.core, source="xero", company_id=0, body=json.dumps({"events": [event]}).encode())

    work_off(home.core)

    assert home.delivery_states() == ["unparseable"]


def test_a_sender_that_is_overtaken_does_not_take_the_last_word(claimed: House) -> None:
    def a_worker_takes_over() -> None:
        claimed.clock.advance(seconds=91)
        claimed.web.trouble("PUT", "/Invoices", lost_after)
        claimed.web.trouble("GET", "/Invoices", away)
        settle_intents(claimed.core)

    def slow_and_refused(_handle: object) -> Response:
        a_worker_takes_over()
        return answers(429, retry_after="5")(_handle)  # type: ignore[arg-type]  # the fake's own handle

    claimed.web.trouble("PUT", "/Invoices", slow_and_refused)

    with pytest.raises(Transient) as caught:
        send(claimed.core, intent_id=INTENT)

    assert caught.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert intent(claimed).state in ("unknown", "sending")


def test_a_sender_that_slept_through_its_claim_sends_nothing(claimed: House) -> None:
    claimed.clock.advance(seconds=91)
    settle_intents(claimed.core)
    claimed.clock.advance(minutes=7)

    send(claimed.core, intent_id=INTENT)

    assert len(claimed.xero.invoices) == 1
    assert keys(claimed) == [f"{INTENT}-1"]


def test_nothing_is_made_by_itself_when_the_person_has_long_gone_on(claimed: House) -> None:
    lose_everything(claimed)
    sent = len(keys(claimed))
    claimed.clock.advance(days=21)
    claimed.keep_tokens_good()

    settle_intents(claimed.core)

    assert len(keys(claimed)) == sent
    view = show_panel(claimed.core, person=claimed.person(), deal_id=DEAL)
    [problem] = view.problems
    assert (problem.code, view.can_create) == (ErrorCode.NOT_MADE, True)


def test_a_delivery_of_thousands_of_events_is_taken_apart(home: House) -> None:
    events = [
        {
            "tenantId": TENANT,
            "eventCategory": "INVOICE",
            "resourceId": str(uuid.UUID(int=number)),
            "eventType": "UPDATE",
            "eventDateUtc": "2026-11-22T10:00:00.000",
        }
        for number in range(6000)
    ]
    accept_delivery(home.core, source="xero", company_id=0, body=json.dumps({"events": events}).encode())

    split_deliveries(home.core)

    assert home.delivery_states() == ["done"]
    assert len(home.event_states()) == 6000


def test_two_clicks_with_one_key_are_one_wish(home: House) -> None:
    about = Ask(key=INTENT, kind=Kind.EMAIL, deal_id=DEAL, invoice_id=home.add_invoice())
    click = partial(
        ask, home.core, company_id=COMPANY, user_id=ADMIN, organisation_id=ORGANISATION, about=about, body=b"{}"
    )

    with ThreadPoolExecutor(max_workers=4) as pool:
        clicks = [pool.submit(click) for _ in range(4)]

    codes = [error.code for one in clicks if isinstance(error := one.exception(), Anticipated)]
    assert codes == [ErrorCode.IN_PROGRESS] * 3
    assert [one.result() for one in clicks if one.exception() is None] == [True]


def test_two_first_looks_at_what_is_half_written_are_kept(home: House) -> None:
    keep = partial(keep_half_written, home.core, person=home.person(), deal_id=DEAL)

    with ThreadPoolExecutor(max_workers=4) as pool:
        saves = [pool.submit(keep, content={"reference": str(number)}) for number in range(4)]

    assert [one.exception() for one in saves] == [None] * 4
    assert len(home.all(HalfWritten)) == 1


def lose_the_answer(home: House) -> None:
    """Send; the work is done, the answer is lost, and the look fails."""
    lose(home, "PUT", lost_after)
    lose(home, "GET", away)
    with pytest.raises(Transient):
        send(home.core, intent_id=INTENT)


def lose(home: House, method: str, trouble: object) -> None:
    """Spoil the next call to Xero's invoices."""
    home.web.trouble(method, "/Invoices", trouble)  # type: ignore[arg-type]  # any of the fakes' troubles
