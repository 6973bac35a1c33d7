"""What we registered in a company's Pipedrive is kept as it should be: one webhook of each kind, and our deal fields."""

import json
from datetime import timedelta

import pytest

import manifests
from sync.operations.lease import hold_company
from sync.operations.outcome import Outcome
from sync.operations.tend_company import due_to_tend, tend_company
from sync.operations.tend_fields import want_fields_again
from sync.store.company import Company, DealFieldCode, DealFieldTrouble, Installation, PipedriveWebhook
from sync.store.invoices import DealRow
from tests.unit.clients.samples import a_user
from tests.unit.fakes.core import Trouble, answers, away, defect, meanwhile
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, House, digest

OURS = "https://instep.example/webhooks/pipedrive/"
FIELDS = manifests.pipedrive().deal_fields


@pytest.fixture(autouse=True)
def due(home: House) -> None:
    """The company wants looking after."""
    home.set(Company, COMPANY, tend_due_at=home.clock())


def test_the_first_time_webhook_and_fields_are_made(home: House) -> None:
    assert tend(home) is Outcome.DONE

    [row] = home.all(PipedriveWebhook)
    [made] = home.pipedrive.webhooks
    assert made["subscription_url"] == OURS + row.key
    assert (row.webhook_id, row.user_id, row.action) == (made["id"], ADMIN, "*")
    assert {field.slot for field in FIELDS} == {field.slot for field in home.all(DealFieldCode)}
    assert [field["field_name"] for field in home.pipedrive.fields] == [field.name for field in FIELDS]
    assert home.get(Company, COMPANY).tend_due_at == home.clock() + timedelta(days=1)


def test_every_status_has_its_option(home: House) -> None:
    tend(home)

    options = home.get(DealFieldCode, COMPANY, "status").options
    assert set(options) == {"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"}
    assert len(set(options.values())) == 6


def test_the_subscription_is_in_the_store_before_pipedrive_asks_its_address(home: House) -> None:
    there: list[int] = []
    home.web.trouble("POST", "/webhooks", meanwhile(lambda: there.append(len(home.all(PipedriveWebhook)))))

    tend(home)

    assert there == [1]


def test_the_password_goes_to_pipedrive_and_only_its_hash_is_kept(home: House) -> None:
    tend(home)

    [call] = home.web.made("POST", "/webhooks")
    sent = json.loads(call.body or b"")
    [row] = home.all(PipedriveWebhook)
    assert row.password_hash == digest(sent["http_auth_password"])
    assert row.username == sent["http_auth_user"]


def test_the_second_time_nothing_is_made(home: House) -> None:
    tend(home)
    made = (list(home.pipedrive.webhooks), list(home.pipedrive.fields))
    home.clock.advance(days=1)
    home.keep_tokens_good()

    tend(home)

    assert (home.pipedrive.webhooks, home.pipedrive.fields) == made
    assert len(home.web.made("POST", "/webhooks")) == 1


def test_strays_of_ours_are_deleted_and_other_apps_webhooks_are_left(home: House) -> None:
    stray = home.pipedrive.add_webhook(OURS + "from-before")
    foreign = home.pipedrive.add_webhook("https://elsewhere.example/hook")

    tend(home)

    left = {row["id"] for row in home.pipedrive.webhooks}
    assert stray not in left
    assert foreign in left
    assert len(left) == 2


def test_a_webhook_that_pipedrive_switched_off_is_made_again(home: House) -> None:
    tend(home)
    home.pipedrive.webhooks[0]["is_active"] = 0
    again(home)

    tend(home)

    [made], [row] = home.pipedrive.webhooks, home.all(PipedriveWebhook)
    assert made["subscription_url"] == OURS + row.key
    assert made["is_active"] == 1


def test_another_acting_user_gets_webhooks_of_their_own(home: House) -> None:
    tend(home)
    home.pipedrive.webhooks.clear()
    home.add_user(COLLEAGUE)
    home.set(Company, COMPANY, acting_user_id=COLLEAGUE)
    again(home)

    tend(home)

    assert [row.user_id for row in home.all(PipedriveWebhook)] == [COLLEAGUE]


def test_a_field_that_is_there_by_name_and_kind_is_adopted(home: House) -> None:
    there = home.pipedrive.add_field("Xero invoice number", "varchar")
    home.pipedrive.add_field("Xero paid", "varchar")

    tend(home)

    assert home.get(DealFieldCode, COMPANY, "number").field_code == there["field_code"]
    assert [field["field_name"] for field in home.pipedrive.fields].count("Xero paid") == 2


def test_a_renamed_field_and_renamed_options_stay_ours(home: House) -> None:
    tend(home)
    [status] = [field for field in home.pipedrive.fields if field["field_type"] == "enum"]
    before = home.get(DealFieldCode, COMPANY, "status").options
    status["field_name"] = "Rechnung"
    status["options"] = [option | {"label": f"({option['label']})"} for option in status["options"]]
    again(home)

    tend(home)

    assert len(home.pipedrive.fields) == len(FIELDS)
    assert home.get(DealFieldCode, COMPANY, "status").options == before


def test_a_field_that_people_deleted_is_made_again_and_written_anew(home: House) -> None:
    home.add_invoice()
    tend(home)
    home.set(DealRow, COMPANY, DEAL, due_at=None)
    del home.pipedrive.fields[1]
    again(home)

    tend(home)

    assert len(home.pipedrive.fields) == len(FIELDS)
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()


def test_a_plan_without_more_fields_keeps_those_that_are_there(home: House) -> None:
    there = home.pipedrive.add_field("Xero invoice link", "varchar")
    home.web.trouble("POST", "/dealFields", answers(403, b'{"code": "feature_capping_deal_fields"}'), times=9)

    assert tend(home) is Outcome.DONE

    assert [(row.slot, row.field_code) for row in home.all(DealFieldCode)] == [("link", there["field_code"])]
    assert len(home.web.made("POST", "/dealFields")) == 1


def test_a_field_that_is_deleted_again_is_not_wanted_until_an_admin_asks(home: House) -> None:
    tend(home)
    for _ in range(2):
        home.clock.advance(days=2)
        home.keep_tokens_good()
        delete_field(home, "Xero invoice number")
        again(home)
        tend(home)
    again(home)
    tend(home)
    assert len(home.pipedrive.fields) == len(FIELDS) - 1
    assert [(row.slot, row.reason) for row in home.all(DealFieldTrouble)] == [("number", "deleted")]

    with home.core.database.writing() as session:
        want_fields_again(session, company_id=COMPANY)
    again(home)
    tend(home)

    assert len(home.pipedrive.fields) == len(FIELDS)
    assert home.all(DealFieldTrouble) == []


def test_a_field_that_was_deleted_a_month_later_is_made_again(home: House) -> None:
    tend(home)
    for _ in range(2):
        home.clock.advance(days=31)
        home.keep_tokens_good()
        delete_field(home, "Xero invoice number")
        again(home)
        tend(home)

    assert len(home.pipedrive.fields) == len(FIELDS)


def test_a_plan_that_allows_no_more_is_told_once_and_the_field_is_made_when_there_is_room(home: House) -> None:
    home.keep_tokens_good()
    tend(home)
    delete_field(home, "Xero invoice number")
    home.web.trouble("POST", "/dealFields", answers(403, b'{"code": "feature_capping_deal_fields"}'), times=2)
    for _ in range(2):
        again(home)
        tend(home)
        home.clock.advance(hours=1)

    [trouble] = home.all(DealFieldTrouble)
    assert (trouble.slot, trouble.reason, trouble.since) == ("number", "plan", home.clock() - timedelta(hours=2))
    assert len(home.all(DealFieldCode)) == len(FIELDS) - 1

    again(home)
    tend(home)

    assert home.all(DealFieldTrouble) == []
    assert len(home.all(DealFieldCode)) == len(FIELDS)


def test_an_option_that_people_deleted_empties_the_status_of_the_deals_that_it_was_for(home: House) -> None:
    home.add_invoice()
    tend(home)
    home.set(DealRow, COMPANY, DEAL, due_at=None)
    [status] = [field for field in home.pipedrive.fields if field["field_type"] == "enum"]
    gone = next(option for option in status["options"] if option["label"] == "Draft")
    status["options"].remove(gone)
    again(home)

    tend(home)

    assert "DRAFT" not in home.get(DealFieldCode, COMPANY, "status").options
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()
    assert [row.reason for row in home.all(DealFieldTrouble)] == ["options"]


def test_after_the_company_was_forgotten_the_fields_are_found_by_name_and_kind(home: House) -> None:
    tend(home)
    for row in home.all(DealFieldCode):
        with home.core.database.writing() as session:
            session.delete(row)
    again(home)

    tend(home)

    assert len(home.pipedrive.fields) == len(FIELDS) == len(home.all(DealFieldCode))


def test_a_plan_without_more_webhooks_still_gets_its_fields(home: House) -> None:
    home.web.trouble("POST", "/webhooks", answers(422))

    tend(home)

    assert len(home.all(DealFieldCode)) == len(FIELDS)
    assert due_to_tend(home.core) == []


@pytest.mark.parametrize("trouble", [away, defect])
def test_what_fails_is_tried_again_later_and_later(home: House, trouble: Trouble) -> None:
    home.web.trouble("GET", "/webhooks", trouble, times=2)

    assert tend(home) is Outcome.IGNORED
    assert home.get(Company, COMPANY).tend_due_at == home.clock() + timedelta(seconds=2)
    home.clock.advance(seconds=2)
    tend(home)
    assert home.get(Company, COMPANY).tend_due_at == home.clock() + timedelta(seconds=4)

    home.clock.advance(seconds=4)
    assert tend(home) is Outcome.DONE
    assert home.get(Company, COMPANY).tend_tries == 0


def test_a_registration_whose_answer_was_lost_leaves_one_webhook_in_the_end(home: House) -> None:
    home.web.trouble("POST", "/webhooks", lambda handle: (handle(), away(handle))[1])
    tend(home)
    home.clock.advance(minutes=1)

    tend(home)

    [made], [row] = home.pipedrive.webhooks, home.all(PipedriveWebhook)
    assert made["subscription_url"] == OURS + row.key


def test_when_the_acting_user_has_lapsed_somebody_else_is_elected(home: House) -> None:
    home.add_user(COLLEAGUE)
    home.set(Installation, COMPANY, ADMIN, state="lapsed")

    assert tend(home) is Outcome.DONE

    company = home.get(Company, COMPANY)
    assert (company.acting_user_id, company.tend_due_at) == (COLLEAGUE, home.clock())


def test_when_nobody_is_left_the_company_is_looked_at_tomorrow(home: House) -> None:
    home.set(Installation, COMPANY, ADMIN, state="lapsed")

    assert tend(home) is Outcome.IGNORED

    company = home.get(Company, COMPANY)
    assert (company.acting_user_id, company.tend_due_at) == (None, home.clock() + timedelta(days=1))


def test_who_is_no_admin_any_more_is_none_here_either(home: House) -> None:
    home.pipedrive.user = a_user(access=[])

    tend(home)

    assert not home.person().is_admin


def test_two_workers_do_not_register_twice(home: House) -> None:
    with hold_company(home.core, company_id=COMPANY):
        assert tend(home) is Outcome.HELD
    assert home.web.calls == []

    tend(home)
    tend(home)

    assert len(home.web.made("POST", "/webhooks")) == 1


def tend(home: House) -> Outcome:
    """Look after the company."""
    return tend_company(home.core, company_id=COMPANY)


def delete_field(home: House, name: str) -> None:
    """Somebody deletes a field in Pipedrive."""
    home.pipedrive.fields[:] = [field for field in home.pipedrive.fields if field["field_name"] != name]


def again(home: House) -> None:
    """Let the company want looking after once more."""
    home.set(Company, COMPANY, tend_due_at=home.clock())
