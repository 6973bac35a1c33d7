"""What the invoice window's script makes of answers and of what is typed, in a real browser without any vendor."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route, expect

from marketplace.window_json import form_json
from tests.unit.marketplace.examples import FORM
from tests.unit.marketplace.lone_window import Answer, Json, LoneWindow

RATES = [
    {"value": "TWENTY", "label": "20 %", "percent": "20"},
    {"value": "TEN", "label": "10 %", "percent": "10"},
    {"value": "ZERO", "label": "0 %", "percent": "0"},
]
ACCOUNTS = [{"value": "200", "label": "Sales", "tax_type": "TWENTY"}]
LINE = {
    "product": "7",
    "percent": "20",
    "description": "Lens",
    "quantity": "1",
    "unit_amount": "100",
    "discount_rate": None,
    "discount_amount": None,
    "tax_type": "TWENTY",
    "account_code": "200",
    "item_code": None,
    "item_name": "",
}
ONE, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
THIRD = "33333333-3333-4333-8333-333333333333"
WORKSHOP = {
    "item_code": "WORKSHOP",
    "name": "Workshop",
    "description": "A day",
    "unit_price": "900.5",
    "account_code": None,
    "tax_type": "ZERO",
}
LATER = {"kind": "DAYSAFTERBILLDATE", "day": 60}
RETRY = {"title": "Not now", "text": "Later.", "step": "retry", "step_label": "Try again"}


@pytest.fixture
def window(chromium: Browser, client: FlaskClient, frame_query: dict[str, str]) -> Iterator[LoneWindow]:
    """A window that is still to be opened."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1000, "height": 820})
    context.set_default_timeout(5_000)
    yield LoneWindow(page=context.new_page(), client=client, query=frame_query)
    context.close()


@pytest.fixture
def form(app: Flask) -> Callable[..., Json]:
    """What the server says when the window opens."""
    with app.test_request_context():
        plain = form_json(FORM)

    def make(**values: object) -> Json:
        books = {"rates": RATES, "accounts": ACCOUNTS, "default_account": "200", "tax_table": {"20": "TWENTY"}}
        choices = {"value": "draft", "choices": [{"value": "draft", "label": "Draft", "why_not": None}]}
        own: Json = {"lines": [LINE], "contact_id": "", "create_as": choices, "currencies": ["EUR"], "notes": []}
        return {**plain, **books, **own, **values}

    return make


def person(contact_id: str, **differences: str) -> Json:
    """Say who the customer is in Xero."""
    contact = {
        "contact_id": contact_id,
        "name": f"Contact {contact_id[0]}",
        "email": "in@xero.example",
        "address": "",
        "tax_number": "",
        "xero_url": f"https://go.xero.com/{contact_id}",
    }
    differ = [{"field": name, "label": name, "pipedrive": text, "xero": "other"} for name, text in differences.items()]
    candidates = [
        {"contact_id": one, "name": f"Contact {one[0]}", "email": "", "reason": ""} for one in (ONE, OTHER, THIRD)
    ]
    return {
        "candidates": candidates,
        "contact_id": contact_id,
        "contact": contact,
        "due_rule": None,
        "differences": differ,
    }


def kept(**values: object) -> Json:
    """Give what an earlier window has kept."""
    content: Json = {
        "contact_id": ONE,
        "new_contact": False,
        "update_contact": [],
        "treatment": "Exclusive",
        "currency": "EUR",
        "theme_id": "",
        "issue_date": "2026-11-22",
        "due_date": "2026-12-06",
        "reference": "Kept",
        "create_as": "draft",
        "lines": [LINE],
    }
    return {"content": {**content, **values}, "saved_at": "2026-11-22T10:00:00Z"}


def refused(status: int, **failure: Any) -> Callable[[Route], None]:
    """Answer with a refusal."""
    return lambda route: route.fulfill(status=status, json={**RETRY, **failure})


def test_what_blocks_the_form_blocks_the_keyboard_too(window: LoneWindow, form: Callable[..., Json]) -> None:
    problem = {"title": "No", "text": "Mixed.", "step": "retry", "step_label": "Try again", "field": ""}
    window.open(GET_form=form(problem=problem), GET_customer=person(ONE))

    window.find("[name=reference]").press("Control+Enter")

    expect(window.find("#blocked button")).to_be_focused()
    window.wait_for("GET_customer")
    assert window.times("POST") == 0


def test_an_item_brings_its_own_tax_rate(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=person(ONE), GET_items={"items": [WORKSHOP]})

    window.find("#add-item").click()
    expect(window.find("#options li span")).to_have_text("900.50")
    window.find("#options li").click()

    expect(window.box("tax_type", 1)).to_have_value("ZERO")
    window.box("item_code").click()
    window.find("#options li").click()
    expect(window.box("item_code")).to_have_value("WORKSHOP · Workshop")
    expect(window.box("tax_type")).to_have_value("TWENTY")


def test_a_tax_rate_that_was_chosen_stays_with_an_item(window: LoneWindow, form: Callable[..., Json]) -> None:
    lines = [{**LINE, "percent": None}]
    window.open(GET_form=form(lines=lines), GET_customer=person(ONE), GET_items={"items": [WORKSHOP]})
    window.box("tax_type").focus()
    window.box("tax_type").select_option("TEN")

    window.box("item_code").click()
    window.find("#options li").click()

    expect(window.box("item_code")).to_have_value("WORKSHOP · Workshop")
    expect(window.box("tax_type")).to_have_value("TEN")


def test_nobody_is_taken_from_a_list_that_answers_other_words(window: LoneWindow, form: Callable[..., Json]) -> None:
    harbour = {"contact_id": OTHER, "name": "Harbour", "email": "", "reason": ""}
    found: list[Answer] = [{"candidates": [harbour]}, window.hold]
    window.open(GET_form=form(), GET_customer=[person(ONE), person(THIRD)], GET_contacts=found)
    window.find("[data-do=change-contact]").click()
    window.find("#contact-search").press_sequentially("ha")
    expect(window.find("#options li")).to_have_text("Harbour")

    window.find("#contact-search").press_sequentially("nd")
    window.find("#contact-search").press("Enter")

    window.wait_for("GET_contacts", 2)
    expect(window.find("#contact-search")).to_have_value("hand")
    expect(window.find(f"#candidates [value='{ONE}']")).to_be_checked()
    window.release({"candidates": [{**harbour, "contact_id": THIRD, "name": "Handel"}]})
    expect(window.find("#options li")).to_have_text("Handel")
    window.find("#contact-search").press("Enter")
    expect(window.find(f"#candidates [value='{THIRD}']")).to_be_checked()


def test_another_rate_is_the_one_that_prices_are_converted_with(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=person(ONE))
    window.box("tax_type").focus()
    window.box("tax_type").select_option("TEN")

    window.find("[name=treatment]").select_option("Inclusive")

    expect(window.box("unit_amount")).to_have_value("110.00")


def test_a_line_that_was_kept_is_converted_with_its_chosen_rate(window: LoneWindow, form: Callable[..., Json]) -> None:
    half = kept(lines=[{**LINE, "tax_type": "TEN"}])
    window.open(GET_form=form(half_written=half), GET_customer=person(ONE))

    window.find("[name=treatment]").select_option("Inclusive")

    expect(window.box("unit_amount")).to_have_value("110.00")


def test_a_rate_for_a_line_without_one_converts_its_price(window: LoneWindow, form: Callable[..., Json]) -> None:
    lines = [{**LINE, "percent": None, "tax_type": None}]
    window.open(GET_form=form(lines=lines, treatment="NoTax"), GET_customer=person(ONE))

    window.find("[name=treatment]").select_option("Inclusive")

    expect(window.box("unit_amount")).to_have_value("120.00")


def test_a_new_contact_that_was_kept_stays_one(window: LoneWindow, form: Callable[..., Json]) -> None:
    half = kept(contact_id="", new_contact=True)
    remembered = {**person(ONE, email="a@b"), "due_rule": LATER}
    window.open(GET_form=form(half_written=half, contact_id=ONE), GET_customer=remembered)

    expect(window.find("#customer")).to_have_attribute("aria-busy", "false")

    expect(window.find("#candidates [value=new]")).to_be_checked()
    expect(window.find("#facts")).to_contain_text("billing@acme.example")
    expect(window.find("#contact-link")).to_be_hidden()
    expect(window.find("#update")).to_be_hidden()
    expect(window.find("[name=due_date]")).to_have_value("2026-12-06")


def test_a_chosen_contact_that_is_gone_is_not_another(window: LoneWindow, form: Callable[..., Json]) -> None:
    half = kept(contact_id=OTHER, update_contact=["email"])
    window.open(GET_form=form(half_written=half), GET_customer={**person(ONE, email="a@b"), "due_rule": LATER})
    expect(window.find("#customer")).to_have_attribute("aria-busy", "false")

    window.create()

    expect(window.find("#candidates")).to_have_attribute("aria-invalid", "true")
    expect(window.find("#facts")).to_be_hidden()
    expect(window.find("[name=due_date]")).to_have_value("2026-12-06")
    assert window.times("POST") == 0


def test_an_update_that_was_kept_waits_for_the_contact(window: LoneWindow, form: Callable[..., Json]) -> None:
    half = kept(update_contact=["email", "address"])
    window.open(
        GET_form=form(half_written=half), GET_customer=window.hold, POST={"message": "", "stay": False, "html": ""}
    )
    window.create()
    expect(window.find("#invoice-form")).to_have_attribute("aria-busy", "true")
    assert window.times("POST") == 0

    window.release(person(ONE, email="a@b"))

    assert window.wait_for("POST").body["update_contact"] == ["email"]


def test_an_update_that_was_kept_outlives_a_failure(window: LoneWindow, form: Callable[..., Json]) -> None:
    half = kept(update_contact=["email"])
    window.open(
        GET_form=form(half_written=half), GET_customer=refused(503), POST={"message": "", "stay": False, "html": ""}
    )
    expect(window.find("#customer-failure")).to_contain_text("Not now")

    window.create()

    assert window.wait_for("POST").body["update_contact"] == ["email"]


def test_a_first_answer_that_came_late_still_proposes(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=[refused(503), person(ONE)])

    window.find("#customer-failure button").click()

    expect(window.find("#chosen")).to_contain_text("Contact 1")
    expect(window.find(f"#candidates [value='{ONE}']")).to_be_checked()


def test_choosing_by_arrow_keeps_the_focus_and_asks_once(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=[person(ONE), person(THIRD)])
    window.find("[data-do=change-contact]").click()
    window.page.evaluate("window.radios = [...document.querySelectorAll('#candidates input')]")
    window.find("#candidates :checked").press("ArrowDown")
    window.find("#candidates :checked").press("ArrowDown")

    expect(window.find("#facts")).to_contain_text("Contact 3")

    expect(window.find(f"#candidates [value='{THIRD}']")).to_be_focused()
    assert [one.query.get("contact") for one in window.all("GET_customer")] == [None, THIRD]
    assert window.page.evaluate("radios.every(radio => radio.isConnected)")


def test_nothing_is_said_of_another_where_the_chosen_one_could_not_be_read(
    window: LoneWindow, form: Callable[..., Json]
) -> None:
    window.open(GET_form=form(), GET_customer=[{**person(ONE), "due_rule": LATER}, refused(503)])
    expect(window.find("[name=due_date]")).to_have_value("2027-01-21")
    window.find("[data-do=change-contact]").click()

    window.find(f"#candidates [value='{OTHER}']").click()

    expect(window.find("#customer-failure")).to_contain_text("Not now")
    expect(window.find("#facts")).to_be_hidden()
    expect(window.find("[name=due_date]")).to_have_value("2026-12-06")


def test_the_form_has_the_focus_once_it_is_there(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=person(ONE))

    expect(window.find("#invoice-form")).to_be_focused()


def test_what_could_not_be_kept_is_kept_later(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.page.clock.install()
    window.open(GET_form=form(), GET_customer=person(ONE), PUT_half_written=[refused(503), {}])
    window.find("[name=reference]").fill("Again")
    window.page.clock.run_for(1_000)
    window.wait_for("PUT_half_written")

    for _ in range(5):
        window.page.clock.run_for(1_000)

    assert window.wait_for("PUT_half_written", 2).body["reference"] == "Again"


def test_a_form_is_not_read_anew_before_what_was_typed_is_kept(window: LoneWindow, form: Callable[..., Json]) -> None:
    problem = {"title": "Blocked", "text": "By something.", "step": "retry", "step_label": "Try again", "field": ""}
    window.open(GET_form=form(problem=problem), GET_customer=person(ONE), PUT_half_written=lambda route: route.abort())
    window.find("[name=reference]").fill("Precious")

    window.find("#blocked button").click()

    expect(window.find("#blocked")).to_contain_text("No connection")
    expect(window.find("#blocked button")).to_be_focused()
    expect(window.find("[name=reference]")).to_have_value("Precious")
    assert window.times("GET_form") == 1


def test_a_form_that_nobody_touched_is_read_anew_as_it_was(window: LoneWindow, form: Callable[..., Json]) -> None:
    problem = {"title": "Blocked", "text": "By something.", "step": "retry", "step_label": "Try again", "field": ""}
    window.open(GET_form=[form(problem=problem), form()], GET_customer=person(ONE))
    expect(window.find("#chosen")).to_contain_text("Contact 1")

    window.find("#blocked button").click()

    expect(window.find("#create")).to_be_enabled()
    assert window.times("PUT_half_written") == 0


def test_a_form_that_cannot_be_read_anew_stays(window: LoneWindow, form: Callable[..., Json]) -> None:
    problem = {"title": "Blocked", "text": "By something.", "step": "retry", "step_label": "Try again", "field": ""}
    window.open(GET_form=[form(problem=problem), refused(503)], GET_customer=person(ONE))
    window.find("[name=reference]").fill("Precious")

    window.find("#blocked button").click()

    expect(window.find("#blocked")).to_contain_text("Not now")
    expect(window.find("[name=reference]")).to_have_value("Precious")
    expect(window.find("[name=reference]")).to_be_editable()


def test_nothing_is_typed_or_sent_while_the_form_is_read_anew(window: LoneWindow, form: Callable[..., Json]) -> None:
    reload = {"title": "Another total", "step": "reload", "step_label": "Read Xero again"}
    window.open(GET_form=[form(), window.hold], GET_customer=person(ONE), POST=refused(409, **reload))
    window.create()
    window.find("#problem").get_by_role("button", name="Read Xero again").click()
    window.wait_for("GET_form", 2)

    window.create()

    expect(window.find("#paper")).to_have_attribute("inert", "")
    expect(window.find("#status")).to_have_text("Reading the deal and Xero …")
    window.release(form())
    expect(window.find("#paper")).not_to_have_attribute("inert", "")
    expect(window.find("#invoice-form")).to_be_focused()
    assert window.times("POST") == 1


def test_other_rates_are_read_and_what_was_typed_stays(window: LoneWindow, form: Callable[..., Json]) -> None:
    changed = [{**RATES[0], "percent": "19"}, *RATES[1:]]
    again = form(rates=changed, half_written=kept(reference="Typed"))
    window.open(
        GET_form=[form(), again],
        GET_customer=person(ONE),
        POST=refused(409, title="Another total", step="reload", step_label="Read Xero again"),
    )
    window.find("[name=reference]").fill("Typed")
    window.create()

    window.find("#problem").get_by_role("button", name="Read Xero again").click()

    expect(window.find(".totals .sum dd")).to_have_text("€119.00")
    expect(window.find("[name=reference]")).to_have_value("Typed")
    assert window.all("PUT_half_written")[-1].body["reference"] == "Typed"


def test_leaving_an_emptied_item_box_leaves_it(window: LoneWindow, form: Callable[..., Json]) -> None:
    lines = [{**LINE, "item_code": "WORKSHOP", "item_name": "Workshop"}]
    window.open(GET_form=form(lines=lines), GET_customer=person(ONE), GET_items={"items": []})
    window.box("item_code").fill("")

    window.box("description").click()

    expect(window.box("description")).to_be_focused()
    expect(window.find("[data-do=unlink-item]")).to_be_hidden()


def test_clearing_an_item_by_its_button_goes_to_its_box(window: LoneWindow, form: Callable[..., Json]) -> None:
    lines = [{**LINE, "item_code": "WORKSHOP", "item_name": "Workshop"}]
    window.open(GET_form=form(lines=lines), GET_customer=person(ONE), GET_items={"items": []})

    window.find("[data-do=unlink-item]").click()

    expect(window.box("item_code")).to_be_focused()
    expect(window.box("item_code")).to_have_value("")


def test_what_this_version_cannot_read_is_put_aside(window: LoneWindow, form: Callable[..., Json]) -> None:
    half = kept(lines=[{"text": "of another version"}])
    window.open(GET_form=form(half_written=half), GET_customer=person(ONE))

    window.wait_for("DELETE_half_written")

    expect(window.find("#restored")).to_be_hidden()
    expect(window.box("description")).to_have_value("Lens")


def test_what_is_no_number_is_kept_as_it_was_typed(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=person(ONE))
    window.box("discount_kind").select_option("amount")
    window.box("discount").fill("half off")
    window.box("quantity").fill("a few")
    half = window.wait_for("PUT_half_written").body
    window.answers["GET_form"] = [form(half_written=kept(**half | {"contact_id": ONE}))]

    window.page.reload()

    expect(window.box("quantity")).to_have_value("a few")
    expect(window.box("discount")).to_have_value("half off")
    expect(window.box("discount_kind")).to_have_value("amount")
    expect(window.box("account_code")).to_have_value("200")
    window.create()
    expect(window.box("quantity")).to_have_attribute("aria-invalid", "true")
    assert window.times("POST") == 0


def test_a_quantity_that_fills_itself_is_no_longer_missing(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=person(ONE))
    window.box("quantity").fill("")
    window.create()
    expect(window.box("quantity")).to_have_attribute("aria-invalid", "true")

    window.box("unit_amount").fill("50")

    expect(window.box("quantity")).to_have_value("1")
    expect(window.box("quantity")).not_to_have_attribute("aria-invalid", "true")


def test_a_press_that_went_wrong_can_be_pressed_again(window: LoneWindow, form: Callable[..., Json]) -> None:
    window.open(GET_form=form(), GET_customer=person(ONE), POST={"message": "", "stay": False, "html": ""})
    expect(window.find("#chosen")).to_contain_text("Contact 1")
    window.page.evaluate("window.taken = document.querySelector('#problem'); taken.remove()")
    window.create()
    expect(window.find("#paper")).not_to_have_attribute("inert", "")

    window.page.evaluate("document.querySelector('#foot').prepend(taken)")
    window.create()

    window.wait_for("POST")
