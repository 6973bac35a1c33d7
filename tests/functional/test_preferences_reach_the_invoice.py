"""What is chosen in the preferences is what the next invoice is filled with, and what is gone says so (F3, F4, F5)."""

from datetime import date, timedelta

import pytest
import requests
from bs4 import BeautifulSoup

from tests.functional.conftest import addresses_of
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import calls, faults, forget_calls

DEAL = 1
FIELDS = ("organizationFields", "personFields", "dealFields")


@pytest.fixture
def person(ready: Salesperson) -> Salesperson:
    """A salesperson who has saved preferences once."""
    return ready


def test_the_window_is_filled_by_what_was_chosen(person: Salesperson, stack: Stack) -> None:
    fill_in = f"{stack.pipedrive_url}/control/deals/{DEAL}/fields"
    requests.post(fill_in, json={"Purchase order": "PO-4711"}, timeout=10).raise_for_status()
    person.save_preferences(
        tax_number=source(person, "tax_number", "Organization: VAT number"),
        po_number=source(person, "po_number", "Deal: Purchase order"),
        reference_template="{po_number} / {deal_title}",
        due_kind="DAYSAFTERBILLDATE",
        due_day="30",
        create_as="submit",
        line_amount_types="Inclusive",
    ).raise_for_status()

    form = person.open_window(deal_id=DEAL).form

    assert form["customer"]["tax_number"] == "IE3628739LH"
    assert form["reference"] == "PO-4711 / Brightwater rebrand"
    assert date.fromisoformat(form["due_date"]) == date.fromisoformat(form["issue_date"]) + timedelta(days=30)
    assert (form["create_as"]["value"], form["treatment"]) == ("submit", "Inclusive")


def test_terms_in_xero_and_days_of_the_month_are_kept_to(person: Salesperson) -> None:
    person.save_preferences(due_kind="OFFOLLOWINGMONTH", due_day="20").raise_for_status()
    assert person.open_window(deal_id=DEAL).form["due_rule"] == {"kind": "OFFOLLOWINGMONTH", "day": 20}

    person.save_preferences(due_kind="XERO_TERMS").raise_for_status()

    assert person.open_window(deal_id=DEAL).form["due_rule"]["kind"] != "XERO_TERMS"


def test_a_field_that_is_deleted_in_pipedrive_says_so_and_the_invoice_goes_on_without_it(
    person: Salesperson, stack: Stack
) -> None:
    code = source(person, "po_number", "Deal: Purchase order")
    person.save_preferences(po_number=code, reference_template="{po_number} / {deal_title}").raise_for_status()
    delete_field(stack, code)

    page = read_fields_again(person)

    assert "Deal: Purchase order (not usable)" in page.get_text()
    assert "This field was deleted in Pipedrive; choose another" in page.get_text()
    assert person.open_window(deal_id=DEAL).form["reference"] == "Brightwater rebrand"
    assert person.save_preferences(due_day="14").url.endswith("notice=saved"), "the rest can be saved all the same"


def test_the_page_opens_without_pipedrive_and_says_so(person: Salesperson, stack: Stack) -> None:
    for path in (*(f"/api/v2/{name}" for name in FIELDS), "/api/v2/deals"):
        faults(stack.pipedrive_url, method="GET", path=path, do="500", times=9)

    words = read_fields_again(person).get_text()

    requests.delete(f"{stack.pipedrive_url}/control/faults", timeout=10).raise_for_status()
    assert "Pipedrive gave no answer, so this page shows what was known before." in words
    assert "Organization: VAT number" in words


def test_the_page_asks_pipedrive_five_times_while_the_fields_are_fresh(person: Salesperson, stack: Stack) -> None:
    person.browser.open(f"{stack.app_url}/setup?change=1")
    forget_calls(stack.pipedrive_url)
    forget_calls(stack.xero_url)

    person.browser.open(f"{stack.app_url}/setup?change=1")

    assert 3 <= len(calls(stack.pipedrive_url, path="/api/")) <= 5
    assert calls(stack.xero_url, path="/api.xro/") == []


def test_whoever_saves_second_is_told_and_the_history_knows_both(person: Salesperson, stack: Stack) -> None:
    colleague = Salesperson(addresses_of(stack), user_id=COLLEAGUE)
    colleague.install()
    person.browser.open(f"{stack.app_url}/setup?change=1")
    mine = person.browser.select_form("form[action='/setup/preferences']")
    colleague.save_preferences(due_kind="DAYSAFTERBILLMONTH", due_day="10").raise_for_status()

    mine.set("reference_template", "No. {deal_id}")
    told = person.browser.submit_selected()

    assert told.status_code == 409
    assert "Camille Roux" in told.text
    assert "10 days after the end of the issue month" in told.text
    form = person.browser.select_form("form[action='/setup/preferences']")
    assert form.form.select_one("[name=due_day]")["value"] == "10"
    assert person.browser.submit_selected().url.endswith("notice=saved")
    history = person.browser.open(f"{stack.app_url}/setup/history").text
    assert history.index("No. {deal_id}") < history.index("10 days after the end of the issue month")
    assert history.index("Ingrid Halvorsen") < history.index("Camille Roux")


def source(person: Salesperson, name: str, words: str) -> str:
    """Find the field that is offered by these words."""
    page = person.browser.open(f"{person.at.app}/setup?change=1")
    [option] = [
        option
        for option in BeautifulSoup(page.text, "html.parser").select(f"[name={name}] option")
        if option.get_text() == words
    ]
    return str(option["value"])


def read_fields_again(person: Salesperson) -> BeautifulSoup:
    """Press Read fields again."""
    person.browser.open(f"{person.at.app}/setup?change=1")
    person.browser.select_form("form[action='/setup/preferences']").form["action"] = "/setup/fields"
    return BeautifulSoup(person.browser.submit_selected().text, "html.parser")


def delete_field(stack: Stack, source: str) -> None:
    """Delete a deal field as an admin of the company does."""
    made = requests.post(f"{stack.pipedrive_url}/control/tokens", json={}, timeout=10).json()
    answer = requests.delete(
        f"{stack.pipedrive_url}/api/v2/dealFields/{source.removeprefix('deal.')}",
        headers={"Authorization": f"Bearer {made['access_token']}"},
        timeout=10,
    )
    answer.raise_for_status()
