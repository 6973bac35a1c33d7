"""What people see: deals, frames, the Marketplace."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from sandbox.pipedrive.config import PipedriveConfig
from tests.unit.sandbox.pipedrive.conftest import ADMIN, CLIENT, SEES_ALL, SEES_OWN, Caller, Pipedrive


def _config(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="page-config">(.*?)</script>', page, re.DOTALL)
    assert found
    content: dict[str, Any] = json.loads(found[1])
    return content


def _log_in(pipedrive: Pipedrive, user_id: int) -> None:
    pipedrive.browser.post("/user", data={"user_id": str(user_id)})


def test_the_admin_is_logged_in_at_first_and_sees_all(pipedrive: Pipedrive) -> None:
    page = pipedrive.browser.get("/").text

    assert "Ingrid Halvorsen (admin)</option>" in page
    assert page.count('href="/deal/') == 13
    assert "Brightwater  Studio Ltd" in page


def test_another_user_sees_what_they_may(pipedrive: Pipedrive) -> None:
    _log_in(pipedrive, SEES_OWN)

    assert pipedrive.browser.get("/").text.count('href="/deal/') == 3
    assert pipedrive.browser.get("/deal/1").status_code == 403
    assert pipedrive.browser.get("/deal/3").status_code == 200


def test_a_deal_shows_no_panel_to_who_has_not_installed(pipedrive: Pipedrive) -> None:
    pipedrive.tokens(user_id=ADMIN)
    _log_in(pipedrive, SEES_ALL)
    page = pipedrive.browser.get("/deal/2").text

    assert _config(page)["frames"] == []
    assert "data-modal" not in page


def test_the_panel_is_asked_for_as_pipedrive_does(pipedrive: Pipedrive, config: PipedriveConfig) -> None:
    pipedrive.tokens()
    page = pipedrive.browser.get("/deal/2").text
    (frame,) = _config(page)["frames"]
    address = urlsplit(frame["url"])
    query = {key: values[0] for key, values in parse_qs(address.query).items()}
    claims = jwt.decode(query.pop("token"), config.jwt_secret, algorithms=["HS256"], options={"require": ["exp"]})

    assert (address.netloc, address.path) == ("localhost:8400", "/panel")
    assert query == {
        "userId": str(ADMIN),
        "companyId": "7741001",
        "id": frame["id"],
        "resource": "deal",
        "view": "details",
        "selectedIds": "2",
        "theme": "light",
    }
    assert (claims["userId"], claims["companyId"], claims["exp"] - claims["iat"]) == (ADMIN, 7741001, 300)
    assert set(claims) == {"userId", "companyId", "iat", "exp"}
    assert 'data-modal="instep-invoice"' in page


@pytest.mark.parametrize("action_id", ["instep-invoice", "Create Xero invoice"])
def test_a_modal_opens_by_identifier_or_name_with_its_data(pipedrive: Pipedrive, action_id: str) -> None:
    pipedrive.tokens()
    pipedrive.browser.post("/theme", data={"theme": "dark"})
    asked = {"action_id": action_id, "deal": "2", "data": '{"intent": "é"}'}
    frame = pipedrive.browser.get("/frames/modal", query_string=asked).json
    query = parse_qs(urlsplit(frame["url"]).query)

    assert frame["kind"] == "modal"
    assert (query["data"], query["theme"], query["selectedIds"]) == (['{"intent": "é"}'], ["dark"], ["2"])


def test_an_unknown_modal_and_a_stranger_get_nothing(pipedrive: Pipedrive) -> None:
    assert pipedrive.browser.get("/frames/token").status_code == 403
    assert pipedrive.browser.get("/frames/modal?action_id=instep-invoice").status_code == 404
    pipedrive.tokens()
    assert pipedrive.browser.get("/frames/modal?action_id=nothing").status_code == 404
    assert set(pipedrive.browser.get("/frames/token").json) == {"token"}


def test_the_settings_page_frames_the_settings(pipedrive: Pipedrive) -> None:
    path = f"/settings/marketplace/app/{CLIENT[0]}/app-settings"
    assert _config(pipedrive.browser.get(path).text)["frames"] == []
    pipedrive.tokens()
    (frame,) = _config(pipedrive.browser.get(path).text)["frames"]

    assert urlsplit(frame["url"]).path == "/settings"
    assert "selectedIds" not in parse_qs(urlsplit(frame["url"]).query)


def test_the_marketplace_installs_by_the_installation_url(pipedrive: Pipedrive) -> None:
    page = pipedrive.browser.get("/marketplace").text
    assert 'href="http://localhost:8400/pipedrive/install"' in page
    pipedrive.tokens()

    assert "Uninstall" in pipedrive.browser.get("/marketplace").text


def test_the_page_edits_and_the_live_answer_follows(pipedrive: Pipedrive, api: Caller, field_code: Any) -> None:
    code = field_code("enum", options=[{"label": "Paid"}])
    option = api("GET", f"/api/v2/dealFields/{code}").json["data"]["options"][0]["id"]
    api("PATCH", "/api/v2/deals/1", {"custom_fields": {code: option}})
    form = {"title": "Renamed", "owner_id": str(SEES_ALL), "stage_id": "2", "status": "won"}
    pipedrive.browser.post("/deal/1", data=form)

    live = pipedrive.browser.get("/deal/1/live").json

    assert (live["title"], live["status"], live["stage"]) == ("Renamed", "won", "Brief agreed")
    assert {"code": code, "name": "Made here", "text": "Paid"} in live["fields"]
    assert {"name": "Owner", "text": "Camille Roux"} in live["summary"]


def test_a_deal_can_be_deleted_and_merged(pipedrive: Pipedrive) -> None:
    assert pipedrive.browser.post("/deal/8/delete").location == "/"
    assert pipedrive.browser.post("/deal/7/merge", data={"into": "1"}).location == "/deal/1"
    assert pipedrive.browser.post("/deal/7/merge", data={"into": "1"}).status_code == 404
    page = pipedrive.browser.get("/").text

    assert 'href="/deal/7"' not in page
    assert 'href="/deal/8"' not in page


@pytest.mark.parametrize("wrong", [{"status": "paid"}, {"owner_id": "x"}, {"stage_id": "99"}, {"nonsense": "1"}])
def test_a_form_that_does_not_fit_is_refused(pipedrive: Pipedrive, wrong: dict[str, str]) -> None:
    assert pipedrive.browser.post("/deal/1", data=wrong).status_code == 400
