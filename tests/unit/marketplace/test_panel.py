"""The panel: complete at once, small, and quiet while nothing changes."""

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from marketplace.guidance import guidance_for
from marketplace.messages import STATUSES
from sync.domain.invoice import Standing, Status
from sync.domain.problems import Problem, ProblemKind
from sync.errors import ErrorCode
from sync.operations.panel import PanelState, PanelView
from tests.unit.marketplace.conftest import DEAL, NOW
from tests.unit.marketplace.examples import INVOICE, PANEL

BUDGET = 30_000


def test_the_first_load_is_three_requests_of_thirty_kilobytes_and_no_cookie(app: Flask) -> None:
    with app.test_request_context():
        crowded = replace(PANEL, invoices=tuple(replace(INVOICE, key=str(key)) for key in range(25)))
        page = render_template("panel/page.html", view=crowded, deal_id=DEAL, theme="dark")
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    client = app.test_client()
    answers = [client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True) for address in addresses]

    assert len(answers) == 2
    assert all(answer.headers["Content-Encoding"] == "gzip" for answer in answers)
    assert sum(len(answer.data) for answer in answers) + len(gzip.compress(page.encode())) < BUDGET
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_the_page_holds_its_whole_content_and_sets_no_cookie(client: FlaskClient, frame_query: dict[str, str]) -> None:
    answer = client.get("/panel", query_string=frame_query)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert 'data-theme="dark"' in answer.text
    assert "Xero is not connected yet" in answer.text
    assert frame_query["token"] not in answer.text


def test_nothing_new_is_answered_with_nothing(client: FlaskClient, bearer: dict[str, str]) -> None:
    first = client.get(f"/panel/invoices?deal={DEAL}", headers=bearer)
    unchanged = bearer | {"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"}
    again = client.get(f"/panel/invoices?deal={DEAL}", headers=unchanged)

    assert first.headers["ETag"] in first.text.replace("'", ""), "the page sends back what it was given"
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("state", PanelState)
def test_every_state_has_one_next_step(app: Flask, state: PanelState) -> None:
    unconnected = state in (PanelState.NOT_CONNECTED, PanelState.RECONNECT, PanelState.DEAL_GONE)
    view = replace(PANEL, state=state, can_create=not unconnected, invoices=())

    page = _shown(app, view)

    assert page.count("button primary") == (0 if state is PanelState.DEAL_GONE else 1)


@pytest.mark.parametrize("status", Status)
def test_a_status_is_told_by_word_and_shape(app: Flask, status: Status) -> None:
    page = _shown(app, replace(PANEL, invoices=(replace(INVOICE, status=status),)))

    with app.test_request_context():
        assert re.search(rf'pill-{status.value.lower()}"><svg.*?</svg>{STATUSES[status]}<', page)


def test_an_overdue_invoice_says_for_how_long(app: Flask) -> None:
    late = replace(INVOICE, standings=frozenset({Standing.OVERDUE}), overdue_days=1)

    assert "1 day overdue" in _shown(app, replace(PANEL, invoices=(late,)))


def test_a_part_paid_invoice_says_what_is_left(app: Flask) -> None:
    page = _shown(app, replace(PANEL, invoices=(INVOICE,)))

    assert "€790.00 due" in page
    assert '<progress value="400.00" max="1190.00"' in page


def test_a_problem_is_told_with_its_age_and_the_vendors_own_words(app: Flask) -> None:
    problem = Problem(ErrorCode.PIPEDRIVE_REFUSED, "Field <x> is locked", datetime(2026, 11, 22, 9, 5, tzinfo=UTC))

    page = _shown(app, replace(PANEL, problems=(problem,)))

    assert "Field &lt;x&gt; is locked" in page
    assert '<time datetime="2026-11-22T09:05:00+00:00"' in page
    assert "Try again" in page


def test_what_waits_for_a_limit_says_when_it_goes_on_and_offers_no_retry(app: Flask) -> None:
    until = datetime(2026, 11, 22, 13, 42, tzinfo=UTC)
    rests = Problem(ErrorCode.XERO_BUSY, "", None, kind=ProblemKind.REST, until=until)

    page = _shown(app, replace(PANEL, problems=(rests,)))

    assert "Xero takes no more calls for now" in page
    assert '<time datetime="2026-11-22T13:42:00+00:00" data-clock>' in page
    assert 'role="status"' in page
    assert "Try again" not in page


@pytest.mark.parametrize("kind", [ProblemKind.FIELDS, ProblemKind.NEWS])
def test_what_can_be_tried_again_is_a_button_and_then_says_that_it_is(app: Flask, kind: ProblemKind) -> None:
    failed = Problem(ErrorCode.NEWS_UNREAD, "", NOW, invoice_key=INVOICE.key, kind=kind, can_retry=True)

    before = _shown(app, replace(PANEL, problems=(failed,)))
    after = _shown(app, replace(PANEL, problems=(replace(failed, can_retry=False, is_tried=True),)))

    assert f'hx-post="/panel/retry/{kind.value}?deal={DEAL}"' in before
    assert f"/panel/retry/{kind.value}" not in after
    assert "Trying again …</span>" in after


def test_a_rule_that_stopped_is_named_with_its_reason_and_tried_again_by_itself(app: Flask) -> None:
    run = "0f0e0000-0000-4000-8000-000000000001"
    about = {"kind": ProblemKind.RULE, "can_retry": True, "rule": "won", "run_key": run}
    stopped = Problem(ErrorCode.NO_CUSTOMER, "", NOW, **about)  # type: ignore[arg-type]  # as the test asks

    page = _shown(app, replace(PANEL, problems=(stopped,)))

    assert "A rule stopped: When a deal is won" in page
    assert "The deal has no customer. Link an organization" in page
    assert f'hx-post="/panel/retry/rule/{run}?deal={DEAL}"' in page


@pytest.mark.parametrize("code", [ErrorCode.XERO_NOT_CONNECTED, ErrorCode.IN_PROGRESS, ErrorCode.XERO_UNAVAILABLE])
def test_a_rule_that_waits_is_named_with_its_reason_and_alarms_nobody(app: Flask, code: ErrorCode) -> None:
    about = {"kind": ProblemKind.REST, "rule": "won", "run_key": "x", "until": NOW + timedelta(hours=1)}
    waits = Problem(code, "", NOW, **about)  # type: ignore[arg-type]  # as the test asks

    page = _shown(app, replace(PANEL, problems=(waits,)))

    assert "A rule waits: When a deal is won" in page
    assert str(guidance_for(code).title) in page
    assert "Instep goes on by itself" in page
    assert 'role="alert"' not in page
    assert "/panel/retry/" not in page


def test_a_retry_is_answered_with_the_panel_and_a_word(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.post(f"/panel/retry/fields?deal={DEAL}", headers=bearer)

    assert "Instep tries again now." in answer.headers["HX-Trigger"]
    assert 'id="deal"' in answer.text


def test_nothing_else_can_be_retried(client: FlaskClient, bearer: dict[str, str]) -> None:
    assert client.post(f"/panel/retry/rest?deal={DEAL}", headers=bearer).status_code == 404


def test_names_from_outside_stay_text(app: Flask) -> None:
    page = _shown(app, replace(PANEL, invoices=(replace(INVOICE, reference="<script>x</script>", number='"><b>'),)))

    assert "<script>x" not in page
    assert '"><b>' not in page


def _shown(app: Flask, view: PanelView) -> str:
    with app.test_request_context():
        return render_template("panel/_deal.html", view=view, deal_id=DEAL)
