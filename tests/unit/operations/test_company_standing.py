"""An admin sees what waits, failed or is behind in their company, and nothing of another; Retry marks it due."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

import manifests
from sync.domain.troubles import TroubleKind
from sync.errors import ErrorCode
from sync.operations.company_standing import AdminsOnly, CompanyStanding, retry_trouble, show_standing
from sync.operations.standing_cases import MOST, NAMED
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company, DealFieldTrouble, PipedriveWebhook
from sync.store.inbox import Event
from sync.store.invoices import DealRow, Intent
from sync.store.rules import RuleRun
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import STAGE, switch_on


@pytest.fixture
def quiet(home: House) -> House:
    """A house where all is well: its webhooks are there, and nothing waits."""
    for one in manifests.pipedrive().webhooks:
        made: dict[str, Any] = {"company_id": COMPANY, "user_id": ADMIN, "username": "u", "password_hash": "h"}
        home.add(PipedriveWebhook(key=one.object, action=one.action, entity=one.object, webhook_id=1, **made))
    home.clock.advance(minutes=5)
    return home


def test_where_all_is_well_it_says_so_with_the_last_word_of_either_side(quiet: House) -> None:
    heard = quiet.clock() - timedelta(minutes=1)
    quiet.set(DealRow, COMPANY, DEAL, fetched_at=heard)
    quiet.set(Organisation, ORGANISATION, swept_to=heard)

    standing = show(quiet)

    assert (standing.is_well, standing.troubles) == (True, ())
    assert (standing.heard_from_xero, standing.heard_from_pipedrive, standing.swept_to) == (heard, heard, heard)


def test_a_connection_that_ended_is_not_well_though_nothing_waits(quiet: House) -> None:
    quiet.set(Connection, quiet.all(Connection)[0].key, state="lost")

    assert (show(quiet).is_well, show(quiet).troubles) == (False, ())


@pytest.mark.parametrize("what", ["organisation", "company"])
def test_a_limit_is_told_with_its_end_and_cannot_be_hurried(quiet: House, what: str) -> None:
    until = quiet.clock() + timedelta(seconds=30)
    if what == "company":
        quiet.set(Company, COMPANY, parked_until=until, parked_reason="daily")
    else:
        quiet.set(Organisation, ORGANISATION, parked_until=until, parked_reason="day")

    [trouble] = show(quiet).troubles

    assert trouble.kind is (TroubleKind.PIPEDRIVE_RESTS if what == "company" else TroubleKind.XERO_RESTS)
    assert (trouble.until, trouble.can_retry) == (until, False)


def test_a_missing_webhook_is_told_and_made_again_on_retry(quiet: House) -> None:
    quiet.set(PipedriveWebhook, "deal", user_id=COLLEAGUE)
    [trouble] = show(quiet).troubles
    assert (trouble.kind, trouble.can_retry) == (TroubleKind.WEBHOOKS, True)

    again(quiet, TroubleKind.WEBHOOKS)

    assert quiet.get(Company, COMPANY).tend_due_at == quiet.clock()
    assert [trouble.is_tried for trouble in show(quiet).troubles] == [True]


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("plan", TroubleKind.FIELDS_NO_ROOM),
        ("deleted", TroubleKind.FIELDS_DELETED),
        ("options", TroubleKind.FIELDS_OPTIONS),
    ],
)
def test_a_deal_field_that_is_missing_is_named_and_looked_after_on_retry(
    quiet: House, reason: str, kind: TroubleKind
) -> None:
    quiet.add(DealFieldTrouble(company_id=COMPANY, slot="status", reason=reason, since=quiet.clock()))
    [trouble] = show(quiet).troubles
    assert (trouble.kind, trouble.names, trouble.can_retry) == (kind, ("Xero invoice status",), True)

    again(quiet, kind)

    assert quiet.get(Company, COMPANY).tend_due_at == quiet.clock()
    # What was deleted is wanted again; of the others the next look tells.
    assert len(quiet.all(DealFieldTrouble)) == (0 if reason == "deleted" else 1)


def test_news_that_waits_longer_than_a_moment_is_behind_and_looked_at_at_once_on_retry(quiet: House) -> None:
    quiet.add_events(["i-1", "i-2"])
    assert show(quiet).troubles == ()
    oldest = quiet.clock()
    quiet.clock.advance(minutes=3)
    for event in quiet.all(Event):
        quiet.set(Event, event.event_id, due_at=quiet.clock() + timedelta(hours=1))

    [trouble] = show(quiet).troubles
    assert (trouble.kind, trouble.count, trouble.since) == (TroubleKind.BEHIND, 2, oldest)

    again(quiet, TroubleKind.BEHIND)

    assert {event.due_at for event in quiet.all(Event)} == {None}
    assert quiet.waker.wakes == 1


def test_news_of_an_invoice_that_was_set_aside_names_its_deal_and_is_tried_again(quiet: House) -> None:
    invoice_id = quiet.add_invoice()
    quiet.clock.advance(minutes=1)
    set_aside(quiet, invoice_id, source="xero", tenant=quiet.get(Organisation, ORGANISATION).tenant_id)

    [trouble] = show(quiet).troubles
    [case] = trouble.cases
    assert (trouble.kind, trouble.count) == (TroubleKind.INVOICE_NEWS, 1)
    assert (case.deal_id, case.title, case.number, case.since) == (DEAL, "Deal Title", "INV-1", quiet.clock())

    again(quiet, TroubleKind.INVOICE_NEWS)

    assert quiet.event_states() == ["pending"]
    assert [trouble.is_tried for trouble in show(quiet).troubles] == [True]


def test_news_of_a_deal_that_was_set_aside_is_tried_again(quiet: House) -> None:
    set_aside(quiet, str(DEAL), source="pipedrive", tenant=str(COMPANY))

    [trouble] = show(quiet).troubles
    assert (trouble.kind, [case.title for case in trouble.cases]) == (TroubleKind.DEAL_NEWS, ["Deal Title"])

    again(quiet, TroubleKind.DEAL_NEWS)

    assert quiet.event_states() == ["pending"]


def test_what_may_set_off_a_rule_is_told_also_of_a_deal_that_nobody_knows_yet(quiet: House) -> None:
    set_aside(quiet, "404", source="pipedrive", tenant=str(COMPANY), kind="turn", reason="deal_hidden")

    [trouble] = show(quiet).troubles

    [case] = trouble.cases
    assert (trouble.kind, case.deal_id, case.title) == (TroubleKind.DEAL_NEWS, 404, "")
    assert case.code is ErrorCode.DEAL_HIDDEN


def test_news_of_a_deal_is_over_once_the_deal_was_fetched_and_for_rules_once_they_were_asked(quiet: House) -> None:
    set_aside(quiet, str(DEAL), source="pipedrive", tenant=str(COMPANY), kind="turn")
    set_aside(quiet, str(DEAL), source="pipedrive", tenant=str(COMPANY), kind="change")
    quiet.clock.advance(minutes=1)
    quiet.set(DealRow, COMPANY, DEAL, fetched_at=quiet.clock())
    [turn, change] = quiet.all(Event)
    assert [trouble.kind for trouble in show(quiet).troubles] == [TroubleKind.DEAL_NEWS]

    quiet.set(Event, turn.event_id, state="done")
    assert show(quiet).troubles == ()

    quiet.set(Event, turn.event_id, state="set_aside")
    quiet.set(Event, change.event_id, state="done", worked_at=quiet.clock())
    assert show(quiet).troubles == ()


def test_fields_that_cannot_be_written_are_told_by_deal_and_written_on_retry(quiet: House) -> None:
    for deal_id in range(100, 100 + NAMED + 2):
        quiet.add_deal(deal_id, problem_code="no_access_to_deal", problem_since=quiet.clock())
    quiet.clock.advance(minutes=3)

    [trouble] = show(quiet).troubles
    assert (trouble.kind, trouble.count, len(trouble.cases)) == (TroubleKind.FIELDS, NAMED + 2, NAMED)
    assert {case.code for case in trouble.cases} == {ErrorCode.NO_ACCESS_TO_DEAL}

    again(quiet, TroubleKind.FIELDS)

    assert {deal.due_at for deal in quiet.all(DealRow) if deal.problem_code} == {quiet.clock()}
    assert [trouble.is_tried for trouble in show(quiet).troubles] == [True]


def test_what_was_asked_and_has_no_known_end_is_told_and_found_out_on_retry(quiet: House) -> None:
    key = str(uuid.uuid4())
    asked = {"state": "unknown", "error_code": "outcome_unknown", "asked_at": quiet.clock()}
    quiet.add_intent(key, due_at=quiet.clock() + timedelta(hours=1), **asked)

    [trouble] = show(quiet).troubles
    assert (trouble.kind, [case.code for case in trouble.cases]) == (TroubleKind.ASKED, [ErrorCode.OUTCOME_UNKNOWN])
    assert trouble.can_retry

    again(quiet, TroubleKind.ASKED)

    assert quiet.get(Intent, key).due_at == quiet.clock()
    assert [trouble.is_tried for trouble in show(quiet).troubles] == [True]


def test_what_is_being_tried_keeps_nobody_from_having_the_others_tried(quiet: House) -> None:
    asked = {"state": "unknown", "error_code": "outcome_unknown", "asked_at": quiet.clock()}
    quiet.add_deal(43)
    quiet.add_intent(str(uuid.uuid4()), due_at=quiet.clock(), **asked)
    quiet.add_intent(str(uuid.uuid4()), deal_id=43, due_at=quiet.clock() + timedelta(hours=1), **asked)

    [trouble] = show(quiet).troubles

    assert (trouble.kind, trouble.is_tried, trouble.can_retry) == (TroubleKind.ASKED, False, True)


def test_what_was_put_right_long_ago_hides_nothing(quiet: House) -> None:
    asked = {"kind": "approve", "state": "failed", "error_code": "xero_refused"}
    invoice_id = quiet.add_invoice()
    quiet.add_intent(str(uuid.uuid4()), asked_at=quiet.clock(), invoice_id=invoice_id, **asked)
    for deal_id in range(100, 100 + MOST):
        over = str(uuid.UUID(int=deal_id))
        quiet.add_deal(deal_id)
        quiet.keep_invoice(over, status="VOIDED")
        quiet.add_intent(
            str(uuid.uuid4()), deal_id=deal_id, invoice_id=over, asked_at=quiet.clock() + timedelta(hours=1), **asked
        )

    [trouble] = show(quiet).troubles

    assert [case.deal_id for case in trouble.cases] == [DEAL]


def test_a_lost_e_mail_is_told_but_only_a_person_sends_it_again(quiet: House) -> None:
    lost = {"kind": "email", "state": "unknown", "error_code": "email_unknown", "asked_at": quiet.clock()}
    quiet.add_intent(str(uuid.uuid4()), invoice_id=quiet.add_invoice(), **lost)

    [trouble] = show(quiet).troubles

    assert (trouble.kind, trouble.can_retry) == (TroubleKind.ASKED, False)


def test_rules_that_stopped_are_told_and_run_again(quiet: House) -> None:
    key = str(uuid.uuid4())
    stopped = {"company_id": COMPANY, "rule": "stage", "cause": "x", "deal_id": DEAL, "state": "stopped"}
    when = {"created_at": quiet.clock(), "ended_at": quiet.clock(), "reason": "no_customer"}
    switch_on(quiet, "stage", "draft", STAGE)
    quiet.add(RuleRun(run_key=key, **stopped, **when))

    [trouble] = show(quiet).troubles
    [case] = trouble.cases
    assert (trouble.kind, case.code, case.rule) == (TroubleKind.RULES, ErrorCode.NO_CUSTOMER, "stage")

    again(quiet, TroubleKind.RULES)

    assert (quiet.get(RuleRun, key).state, show(quiet).troubles) == ("pending", ())


def test_a_rule_that_waits_is_told_with_its_reason(quiet: House) -> None:
    waiting = {"company_id": COMPANY, "rule": "won", "cause": "x", "deal_id": DEAL, "reason": "xero_not_connected"}
    quiet.add(RuleRun(run_key=str(uuid.uuid4()), state="pending", created_at=quiet.clock(), **waiting))
    assert show(quiet).troubles == ()
    quiet.clock.advance(minutes=3)

    [trouble] = show(quiet).troubles

    [case] = trouble.cases
    assert (trouble.kind, case.code, case.rule) == (TroubleKind.RULES_WAIT, ErrorCode.XERO_NOT_CONNECTED, "won")
    assert not trouble.can_retry


def test_another_company_s_trouble_is_nobody_else_s(quiet: House) -> None:
    troubled(quiet, company_id=7)

    assert show(quiet).troubles == ()
    for kind in TroubleKind:
        again(quiet, kind)

    assert set(quiet.event_states()) == {"set_aside"}
    assert quiet.get(DealRow, 7, 9).due_at is None


def test_who_is_no_admin_is_told_who_is(quiet: House) -> None:
    colleague = quiet.add_user(COLLEAGUE)

    with pytest.raises(AdminsOnly) as caught:
        show_standing(quiet.core, person=colleague)
    with pytest.raises(AdminsOnly):
        retry_trouble(quiet.core, person=colleague, kind=TroubleKind.FIELDS)

    assert caught.value.admins == ("User 1",)


def show(home: House) -> CompanyStanding:
    """Show the admin how the company stands."""
    return show_standing(home.core, person=home.person())


def again(home: House, kind: TroubleKind) -> None:
    """Press Retry."""
    retry_trouble(home.core, person=home.person(), kind=kind)


def set_aside(
    home: House, resource_id: str, *, source: str, tenant: str, kind: str = "UPDATE", reason: str = "Unreadable"
) -> None:
    """An event that was given up after its tries."""
    about = {"source": source, "tenant": tenant, "resource_id": resource_id, "type": kind, "reason": reason}
    when = {"identity": uuid.uuid4().hex, "happened_at": home.clock(), "received_at": home.clock()}
    category = "INVOICE" if source == "xero" else "deal"
    home.add(Event(category=category, state="set_aside", tries=8, **about, **when))


def troubled(home: House, *, company_id: int) -> None:
    """A company of the same organisation in which everything is the matter."""
    home.add_company(company_id, parked_until=home.clock() + timedelta(hours=1))
    home.add_deal(9, company_id=company_id, problem_code="pipedrive_refused", problem_since=home.clock())
    invoice_id = "5e1d0f5e-0000-4b0e-9d43-000000000007"
    home.keep_invoice(invoice_id)
    home.hang(invoice_id, deal_id=9, company_id=company_id)
    home.clock.advance(minutes=3)
    tenant = home.get(Organisation, ORGANISATION).tenant_id
    set_aside(home, invoice_id, source="xero", tenant=tenant)
    set_aside(home, "9", source="pipedrive", tenant=str(company_id))
