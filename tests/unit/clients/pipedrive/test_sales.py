"""What the rules ask of Pipedrive: what goes out, and what the answers become."""

import json
from datetime import UTC, date, datetime

import pytest
import responses
from responses import matchers

from sync.clients.failures import Refused
from sync.domain.crm import Stage
from tests.unit.clients.samples import a_deal
from tests.unit.clients.vendors import COMPANY, a_pipedrive_client, data

V2 = f"{COMPANY}/api/v2"
MONDAY = datetime(2026, 11, 23, 8, 0, 0, 500, tzinfo=UTC)


def test_stages_come_in_the_order_of_their_pipelines_without_deleted_ones(web: responses.RequestsMock) -> None:
    web.get(
        f"{V2}/pipelines",
        body=data(
            [
                {"id": 1, "name": "Second", "order_nr": 2},
                {"id": 2, "name": "First", "order_nr": 1},
                {"id": 3, "name": "Gone", "order_nr": 0, "is_deleted": True},
            ]
        ),
    )
    stages = [(11, "B", 1, 2), (12, "A", 1, 1), (21, "C", 2, 5), (31, "D", 3, 1), (99, "E", 9, 1)]
    rows = [dict(zip(("id", "name", "pipeline_id", "order_nr"), one, strict=True)) for one in stages]
    web.get(f"{V2}/stages", body=data([*rows, rows[0] | {"id": 13, "is_deleted": True}]))

    assert a_pipedrive_client().list_stages() == (
        Stage(21, "C", "First"),
        Stage(12, "A", "Second"),
        Stage(11, "B", "Second"),
    )


def test_a_deal_is_won_and_moved_and_nothing_else_of_it_is_touched(web: responses.RequestsMock) -> None:
    web.patch(f"{V2}/deals/1", body=data(a_deal(status="won", won_time="2026-11-23T08:00:00Z")))
    web.patch(f"{V2}/deals/1", body=data(a_deal(stage_id=4)))
    client = a_pipedrive_client()

    won, moved = client.set_deal_status(deal_id=1, status="won"), client.move_deal(deal_id=1, stage_id=4)

    assert [json.loads(call.request.body or b"") for call in web.calls] == [{"status": "won"}, {"stage_id": 4}]
    assert (won.won_time, moved.stage_id) == (datetime(2026, 11, 23, 8, tzinfo=UTC), 4)


def test_a_refusal_comes_in_pipedrive_s_own_words(web: responses.RequestsMock) -> None:
    web.patch(f"{V2}/deals/1", status=400, body='{"success": false, "error": "A reason is required"}')

    with pytest.raises(Refused) as err:
        a_pipedrive_client().set_deal_status(deal_id=1, status="won")

    assert err.value.detail == "A reason is required"


def test_deals_of_a_time_are_asked_for_by_whole_seconds(web: responses.RequestsMock) -> None:
    wanted = {"updated_since": "2026-11-23T08:00:00Z", "status": "won", "stage_id": "4"}
    web.get(f"{V2}/deals", body=data([a_deal()]), match=[matchers.query_param_matcher(wanted, strict_match=False)])

    assert len(a_pipedrive_client().deals_since(since=MONDAY, status="won", stage_id=4)) == 1


@pytest.mark.parametrize(
    ("subject", "added", "expected"),
    [
        ("Invoice 7 is paid", "2026-11-23T08:00:01Z", True),
        ("Invoice 7 is paid", "2026-11-23T07:59:59Z", False),
        ("Invoice 7", "2026-11-23T08:00:01Z", False),
        ("Invoice 7 is paid", None, False),
    ],
)
def test_an_activity_is_known_by_its_subject_and_its_time(
    web: responses.RequestsMock, subject: str, added: str | None, *, expected: bool
) -> None:
    web.get(f"{V2}/activities", body=data([{"id": 1, "subject": subject, "add_time": added}]))

    found = a_pipedrive_client().has_activity(deal_id=1, subject="Invoice 7 is paid", since=MONDAY)

    assert found is expected


def test_an_activity_is_for_the_owner_on_the_deal(web: responses.RequestsMock) -> None:
    web.post(f"{V2}/activities", body=data({"id": 5}))

    a_pipedrive_client().add_activity(
        deal_id=1, owner_id=9, subject="Invoice 7 is paid", note="<p>Good</p>", due=date(2026, 11, 23)
    )

    assert json.loads(web.calls[0].request.body or b"") == {
        "subject": "Invoice 7 is paid",
        "type": "task",
        "deal_id": 1,
        "owner_id": 9,
        "due_date": "2026-11-23",
        "note": "<p>Good</p>",
    }
