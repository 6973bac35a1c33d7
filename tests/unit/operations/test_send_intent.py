"""Never two invoices for one intent, whatever becomes of the answer."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import NoReturn

import pytest

from sync.clients.failures import OutcomeUnknown, Refused
from sync.clients.transport import Request
from sync.clients.xero._errors import XERO
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.intents import claim
from sync.operations.outcome import Outcome
from sync.operations.send_intent import send, settle_intents
from sync.store.accounts import Connection
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from tests.unit.fakes.core import Trouble, answers, away, lost_after, lost_before
from tests.unit.fakes.house import COMPANY, CONTACT, DEAL, House

INTENT = "11111111-0000-4000-8000-000000000001"
BODY = json.dumps(
    {
        "Invoices": [
            {
                "Type": "ACCREC",
                "Contact": {"ContactID": CONTACT},
                "Date": "2026-11-22",
                "DueDate": "2026-12-06",
                "CurrencyCode": "NZD",
                "Status": "DRAFT",
                "Url": f"https://instep.example/i/{INTENT}?of=whom",
                "LineItems": [{"Description": "Bouquet", "Quantity": 1, "UnitAmount": 250}],
            }
        ]
    }
).encode()
REFUSAL = b'{"Type": "ValidationException", "Elements": [{"ValidationErrors": [{"Message": "Nope"}]}]}'


@pytest.fixture
def claimed(home: House) -> House:
    """A house with an intent that is about to be sent."""
    home.add_intent(INTENT, contact_id=CONTACT)
    claim(home.core, intent_id=INTENT, contact_id=CONTACT, body=BODY)
    return home


def test_what_is_sent_is_in_the_store_before_the_first_byte_leaves(claimed: House) -> None:
    row = intent(claimed)

    assert (row.state, row.body, row.attempt, row.first_sent_at) == ("sending", BODY, 1, claimed.clock())
    assert claimed.web.calls == []


def test_a_good_answer_hangs_the_invoice_on_the_deal(claimed: House) -> None:
    send(claimed.core, intent_id=INTENT)

    [link], [record] = claimed.all(DealInvoice), claimed.all(InvoiceRecord)
    assert (link.deal_id, link.invoice_id) == (DEAL, record.invoice_id)
    assert record.own_write_at == record.updated_at
    assert claimed.get(DealRow, COMPANY, DEAL).due_at == claimed.clock()
    assert (intent(claimed).state, intent(claimed).due_at) == ("done", None)
    assert keys(claimed) == [f"{INTENT}-1"]
    assert claimed.waker.wakes == 1


def test_an_invoice_whose_answer_was_lost_is_found_by_its_mark(claimed: House) -> None:
    claimed.xero.add_invoice(Contact={"ContactID": CONTACT}, Url="https://instep.example/i/another")
    claimed.web.trouble("PUT", "/Invoices", lost_after)

    send(claimed.core, intent_id=INTENT)

    [record] = claimed.all(InvoiceRecord)
    assert INTENT in record.url
    assert len(claimed.xero.invoices) == 2
    assert keys(claimed) == [f"{INTENT}-1"]
    [look] = claimed.web.made("GET", "/Invoices")
    assert (look.params["createdByMyApp"], look.params["ContactIDs"]) == ("true", CONTACT)


def test_a_request_that_never_arrived_is_sent_again_with_the_same_key_and_bytes(claimed: House) -> None:
    claimed.web.trouble("PUT", "/Invoices", lost_before)

    send(claimed.core, intent_id=INTENT)

    first, second = claimed.web.made("PUT", "/Invoices")
    assert first.body == second.body == BODY
    assert keys(claimed) == [f"{INTENT}-1"] * 2
    assert len(claimed.xero.invoices) == 1


def test_while_nobody_can_tell_the_person_is_told_so_and_a_worker_finds_out(claimed: House) -> None:
    claimed.web.trouble("PUT", "/Invoices", lost_after)
    claimed.web.trouble("GET", "/Invoices", away)
    with pytest.raises(Transient) as caught:
        send(claimed.core, intent_id=INTENT)
    assert caught.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert (intent(claimed).state, intent(claimed).error_code) == ("unknown", "outcome_unknown")

    claimed.clock.advance(minutes=2)

    assert settle_intents(claimed.core) is Outcome.DONE
    assert intent(claimed).state == "done"
    assert len(claimed.xero.invoices) == 1


def test_one_turn_settles_some_and_leaves_the_others_to_the_next(home: House) -> None:
    for number in range(7):
        home.add_intent(str(uuid.UUID(int=number)), kind="email", state="sending", due_at=home.clock())

    settle_intents(home.core)
    assert sum(one.state == "unknown" for one in home.all(Intent)) == 5

    settle_intents(home.core)
    assert {one.state for one in home.all(Intent)} == {"unknown"}


def test_between_four_and_six_minutes_nothing_is_sent(claimed: House) -> None:
    lose_everything(claimed)
    claimed.clock.advance(minutes=5)

    settle_intents(claimed.core)

    assert len(keys(claimed)) == 2
    assert intent(claimed).state == "unknown"


def test_after_six_minutes_and_a_look_that_found_nothing_a_new_key_is_used(claimed: House) -> None:
    lose_everything(claimed)
    claimed.clock.advance(minutes=6, seconds=1)

    settle_intents(claimed.core)

    assert keys(claimed) == [f"{INTENT}-1", f"{INTENT}-1", f"{INTENT}-2"]
    assert intent(claimed).state == "done"
    assert len(claimed.xero.invoices) == 1


def test_never_two_keys_inside_the_window_in_which_xero_keeps_the_first(claimed: House) -> None:
    moments: list[float] = []

    def lose(_handle: object) -> NoReturn:
        moments.append(claimed.clock().timestamp())
        raise OutcomeUnknown(ErrorCode.OUTCOME_UNKNOWN)

    claimed.web.trouble("PUT", "/Invoices", lose, times=99)
    with pytest.raises(Transient):
        send(claimed.core, intent_id=INTENT)
    for _ in range(90):
        settle_intents(claimed.core)
        claimed.clock.advance(seconds=61)

    sent: dict[str, list[float]] = {}
    for key, moment in zip(keys(claimed), moments, strict=True):
        sent.setdefault(key, []).append(moment)
    starts = [first for first, *_ in sent.values()]
    assert len(starts) > 2
    assert all(later - earlier > 360 for earlier, later in pairwise(starts))
    assert all(last - first <= 240 for first, *_, last in ([one[0], *one] for one in sent.values()))


@pytest.mark.parametrize("trouble", [answers(429, retry_after="17"), away, answers(403), answers(401)])
def test_trouble_while_settling_says_nothing_about_the_first_try(claimed: House, trouble: Trouble) -> None:
    lose_everything(claimed)
    claimed.clock.advance(minutes=7)
    claimed.web.trouble("PUT", "/Invoices", trouble)

    settle_intents(claimed.core)

    assert intent(claimed).state == "unknown"


def test_a_429_while_looking_is_waited_out(claimed: House) -> None:
    lose_everything(claimed)
    claimed.clock.advance(minutes=2)
    claimed.web.trouble("GET", "/Invoices", answers(429, retry_after="1700"))

    settle_intents(claimed.core)

    row = intent(claimed)
    assert row.state == "unknown"
    assert row.due_at is not None
    assert (row.due_at - claimed.clock()).total_seconds() == 1700


def test_a_refusal_gives_the_window_back_with_xero_s_own_sentence(claimed: House) -> None:
    claimed.web.trouble("PUT", "/Invoices", answers(400, REFUSAL))

    with pytest.raises(Refused) as caught:
        send(claimed.core, intent_id=INTENT)

    assert caught.value.messages == ("Nope",)
    assert (intent(claimed).state, intent(claimed).error_detail) == ("refused", "Nope")


def test_a_second_click_after_a_refusal_uses_a_new_key(claimed: House) -> None:
    claimed.web.trouble("PUT", "/Invoices", answers(400, REFUSAL))
    with pytest.raises(Refused):
        send(claimed.core, intent_id=INTENT)

    claim(claimed.core, intent_id=INTENT, contact_id=CONTACT, body=BODY)
    send(claimed.core, intent_id=INTENT)

    assert keys(claimed) == [f"{INTENT}-1", f"{INTENT}-2"]
    assert len(claimed.xero.invoices) == 1


@pytest.mark.parametrize("trouble", [away, answers(429, retry_after="5")])
def test_what_was_never_begun_may_be_clicked_again(claimed: House, trouble: Trouble) -> None:
    claimed.web.trouble("PUT", "/Invoices", trouble)
    with pytest.raises(Transient):
        send(claimed.core, intent_id=INTENT)

    claim(claimed.core, intent_id=INTENT, contact_id=CONTACT, body=BODY)

    assert intent(claimed).state == "sending"


@pytest.mark.parametrize("state", ["sending", "unknown", "done"])
def test_what_is_under_way_cannot_be_claimed_again(home: House, state: str) -> None:
    home.add_intent(INTENT, state=state)

    with pytest.raises(Anticipated) as caught:
        claim(home.core, intent_id=INTENT, contact_id=CONTACT, body=BODY)

    assert caught.value.code is ErrorCode.IN_PROGRESS


def test_of_two_clicks_at_once_one_is_in_progress(home: House) -> None:
    home.add_intent(INTENT, contact_id=CONTACT)

    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(claim, home.core, intent_id=INTENT, contact_id=CONTACT, body=BODY) for _ in range(2)]
        failures = [click.exception() for click in clicks]

    [failure] = [one for one in failures if one is not None]
    assert isinstance(failure, Anticipated)
    assert failure.code is ErrorCode.IN_PROGRESS
    assert intent(home).attempt == 1


def test_a_sender_that_was_killed_after_the_work_is_found_out(claimed: House) -> None:
    key = {"Idempotency-Key": f"{INTENT}-1"}
    claimed.xero(Request(XERO, "PUT", "https://api.xero.com/api.xro/2.0/Invoices", headers=key, body=BODY))
    assert settle_intents(claimed.core) is Outcome.UNCHANGED

    claimed.clock.advance(seconds=91)
    settle_intents(claimed.core)

    assert intent(claimed).state == "done"
    assert len(claimed.xero.invoices) == 1
    assert claimed.web.made("PUT", "/Invoices") == []


def test_a_lost_connection_is_marked_and_the_person_asked_to_reconnect(claimed: House) -> None:
    claimed.web.trouble("PUT", "/Invoices", answers(403, b'{"Title": "AuthenticationUnsuccessful"}'))

    with pytest.raises(Anticipated) as caught:
        send(claimed.core, intent_id=INTENT)

    assert caught.value.code is ErrorCode.XERO_RECONNECT
    assert [row.state for row in claimed.all(Connection)] == ["lost"]
    assert intent(claimed).state == "refused"


def test_a_worker_asks_less_often_but_never_gives_up(claimed: House) -> None:
    lose_everything(claimed)
    claimed.web.trouble("GET", "/Invoices", away, times=40)
    for _ in range(40):
        settle_intents(claimed.core)
        claimed.clock.advance(hours=1)

    due_at = intent(claimed).due_at
    assert due_at is not None
    assert due_at <= claimed.clock() + timedelta(hours=1)


def intent(home: House) -> Intent:
    """The intent as it is now."""
    return home.get(Intent, INTENT)


def keys(home: House) -> list[str]:
    """The keys that went out, in order."""
    return [call.headers["Idempotency-Key"] for call in home.web.made("PUT", "/Invoices")]


def lose_everything(home: House, *, times: int = 2) -> None:
    """Send, and lose the request every time."""
    home.web.trouble("PUT", "/Invoices", lost_before, times=times)
    with pytest.raises(Transient):
        send(home.core, intent_id=INTENT)
