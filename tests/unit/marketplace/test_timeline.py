"""The past of an invoice in people's own words, amounts and dates."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g, render_template
from flask.testing import FlaskClient

from marketplace.timeline_words import actor_text, entry_texts
from sync.domain.timeline import FactName, Side, Verb
from sync.operations.identity import Person
from sync.operations.timeline import Entry, TimelineView
from tests.unit.marketplace.conftest import COMPANY, DEAL, USER

AT = datetime(2026, 11, 22, 23, 42, tzinfo=ZoneInfo("Pacific/Auckland"))
FACTS: dict[FactName, tuple[dict[str, str], str, str]] = {
    FactName.STATUS: (
        {"from": "AUTHORISED", "to": "PAID"},
        "Paid (was: Awaiting payment)",
        "Payée (avant : En attente de paiement)",
    ),
    FactName.PAID: (
        {"amount": "500", "currency": "EUR", "rest": "650.5"},
        "€500.00 paid, €650.50 still due",
        "500,00\xa0€ payés, 650,50\xa0€ restent dus",
    ),
    FactName.PAYMENT_REMOVED: (
        {"amount": "1200", "currency": "EUR"},
        "A payment of €1,200.00 was removed",
        "Un paiement de 1\u202f200,00\xa0€ a été retiré",
    ),
    FactName.CREDITED: ({"amount": "5", "currency": "JPY"}, "JP¥5 credited", "5\xa0JPY d\u2019avoir"),
    FactName.CREDIT_REMOVED: (
        {"amount": "5", "currency": "EUR"},
        "A credit of €5.00 was removed",
        "Un avoir de 5,00\xa0€ a été retiré",
    ),
    FactName.TOTAL: (
        {"from": "1", "to": "2", "currency": "EUR"},
        "Total €2.00 (was: €1.00)",
        "Total 2,00\xa0€ (avant : 1,00\xa0€)",
    ),
    FactName.DUE_DATE: (
        {"from": "2026-12-06", "to": "2026-12-31"},
        "Due 31 Dec 2026 (was: 6 Dec 2026)",
        "Échéance le 31 déc. 2026 (avant : 6 déc. 2026)",
    ),
    FactName.NUMBER: ({"from": "", "to": "INV-2"}, "Number INV-2", "Numéro INV-2"),
    FactName.SENT: ({}, "Marked as sent", "Marquée comme envoyée"),
}


@pytest.mark.parametrize("name", FactName)
def test_each_fact_is_said_in_both_languages_by_the_reader_s_locale(app: Flask, name: FactName) -> None:
    values, english, french = FACTS[name]
    entry = an_entry(Verb.CHANGED, side=Side.XERO, values={"facts": [{"fact": name, **values}]})

    with app.test_request_context():
        g.person = a_person()
        assert entry_texts(entry, DEAL) == [english]
    with app.test_request_context():
        g.person = a_person(language="fr", locale="fr_FR")
        assert entry_texts(entry, DEAL) == [french]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fact": "due_date", "from": "", "to": "2026-12-31"}, "Due 31 Dec 2026"),
        ({"fact": "due_date", "from": "2026-12-31", "to": ""}, "No due date any more (was: 31 Dec 2026)"),
        ({"fact": "number", "from": "INV-1", "to": ""}, "Number none (was: INV-1)"),
        ({"fact": "paid", "amount": "9", "currency": "EUR", "rest": "0"}, "€9.00 paid, nothing is due any more"),
    ],
)
def test_what_is_missing_on_one_side_reads_well_too(app: Flask, values: dict[str, str], said: str) -> None:
    with app.test_request_context():
        g.person = a_person()
        assert entry_texts(an_entry(Verb.CHANGED, values={"facts": [values]}), DEAL) == [said]


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.CHANGED])
def test_every_other_verb_has_words(app: Flask, verb: Verb) -> None:
    values = {
        "total": "250",
        "currency": "EUR",
        "number": "INV-1",
        "from": 41,
        "to": DEAL,
        "code": "no_customer",
        "kind": "approve",
    }

    with app.test_request_context():
        [said] = entry_texts(an_entry(verb, values=values), DEAL)

    assert said


def test_what_nobody_has_seen_of_an_invoice_that_a_rule_made_is_told_with_it(app: Flask) -> None:
    note = {"code": "treatment_converted", "subject": "Pencil", "values": {"difference": "0.01"}}
    made = an_entry(Verb.CREATED, rule="won", values={"total": "250", "currency": "EUR", "notes": [note]})

    with app.test_request_context():
        g.person = a_person()
        created, said = entry_texts(made, DEAL)

    assert created == "Created as a draft over €250.00"
    assert said == "Pencil: the price was converted to the invoice's tax treatment; its total differs by €0.01."


def test_what_did_not_come_about_is_said_with_its_reason(app: Flask) -> None:
    lost = an_entry(Verb.NOT_DONE, values={"kind": "email", "code": "email_unknown"})

    with app.test_request_context():
        assert entry_texts(lost, DEAL) == ["E-mail to customer: We cannot tell whether the e-mail went"]


def test_a_move_is_said_as_the_deal_sees_it(app: Flask) -> None:
    moved = an_entry(Verb.MOVED, values={"from": 41, "to": DEAL})

    with app.test_request_context():
        assert entry_texts(moved, DEAL) == ["Moved here from deal 41"]
        assert entry_texts(moved, 77) == [f"Moved from deal 41 to deal {DEAL}"]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"is_persons": True, "user_name": "Ada"}, "Ada, in Pipedrive"),
        ({"is_persons": True, "user_name": ""}, "A former user, in Pipedrive"),
        ({"rule": "won", "side": Side.INSTEP}, "By the rule \u201cWhen a deal is won\u201d"),
        ({"side": Side.XERO}, "In Xero"),
        ({"side": Side.PIPEDRIVE}, "In Pipedrive"),
        ({"side": Side.INSTEP}, "By Instep"),
    ],
)
def test_who_did_it_is_said(app: Flask, over: dict[str, Any], said: str) -> None:
    with app.test_request_context():
        assert actor_text(an_entry(Verb.APPROVED, **over)) == said


def test_a_past_is_told_by_days_and_hours_of_the_organisation(app: Flask) -> None:
    days = ((AT.date(), (an_entry(Verb.APPROVED),)),)
    view = TimelineView(number="INV-1", zone="Pacific/Auckland", days=days, is_cut=True)

    with app.test_request_context():
        g.person = a_person()
        page = render_template("panel/_history.html", told=view, key="0f0e", deal_id=DEAL)

    assert all(said in page for said in ("22 Nov 2026", "23:42", "Approved", "New Zealand Time", "not shown here"))


def test_the_past_of_an_invoice_that_is_not_on_the_deal_is_not_told(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    answer = client.get(f"/panel/invoices/0f0e0000-0000-4000-8000-000000000001/history?deal={DEAL}", headers=bearer)

    assert "This invoice is no longer on the deal" in answer.text
    assert answer.status_code == 409


def an_entry(verb: Verb, **over: Any) -> Entry:
    """Something that happened at 23:42 in Auckland."""
    standing: dict[str, Any] = {"at": AT, "side": Side.PIPEDRIVE, "is_persons": False, "user_name": "", "rule": ""}
    return Entry(**{**standing, "verb": verb, "values": {}, **over})


def a_person(**over: Any) -> Person:
    """Somebody who reads British English."""
    who: dict[str, Any] = {"company_id": COMPANY, "user_id": USER, "user_name": "Ada", "company_name": "Nordlicht"}
    reads = {"language": "en", "locale": "en_GB", "is_admin": True, "api_domain": "https://nordlicht.pipedrive.com"}
    return Person(**{**who, **reads, **over})
