"""The preferences page in a browser without scripts, and a company to use it for."""

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import marketplace
from sync.operations.preferences import Preferences, get_preferences
from sync.operations.tickets import issue_setup_ticket
from sync.store.accounts import OrganisationDefaults
from sync.store.company import Company
from tests.unit.clients.samples import a_field, a_product
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, ORGANISATION, House

VAT, PO, COLOUR, PLACE, FAX = "org.vat", "deal.po", "deal.colour", "org.place", "person.fax"


@pytest.fixture
def shop(home: House) -> House:
    """A house whose deal is with an organization, in a company with fields of its own."""
    home.pipedrive.organizations[9] = "Acme Ltd"
    home.pipedrive.organization_values[9] = {
        "address": {"value": "1 Quay Street, Whitby"},
        "custom_fields": {"vat": "GB 123", "place": {"value": "Harbour 3"}},
    }
    home.pipedrive.persons[2] = {"id": 2, "name": "Wilma", "emails": [{"value": "w@acme.example", "primary": True}]}
    custom = {"po": "4711", "colour": {"id": 7, "label": "Blue"}}
    home.pipedrive.change(DEAL, org_id=9, title="Lighthouse", custom_fields=custom)
    home.pipedrive.products[DEAL] = [a_product(tax=15), a_product(tax=7.5)]
    home.pipedrive.organization_fields = [
        own_field("name", "Name", "varchar"),
        own_field("address", "Address", "address"),
        a_field(field_code="vat", field_name="VAT number", field_type="varchar"),
        a_field(field_code="place", field_name="Place of work", field_type="address"),
    ]
    home.pipedrive.person_fields = [
        own_field("name", "Name", "varchar"),
        own_field("emails", "Email", "varchar"),
        a_field(field_code="fax", field_name="Fax", field_type="phone"),
    ]
    home.pipedrive.fields = [
        own_field("title", "Title", "varchar"),
        own_field("owner_id", "Owner", "user"),
        a_field(field_code="po", field_name="Purchase order", field_type="varchar"),
        a_field(field_code="colour", field_name="Colour", field_type="enum", options=[{"id": 7, "label": "Blue"}]),
    ]
    home.add_user(COLLEAGUE)
    return home


@pytest.fixture
def visitor(shop: House) -> FlaskClient:
    """The admin's browser."""
    return visit(shop, ADMIN)


def visit(house: House, user_id: int) -> FlaskClient:
    """Give the browser of somebody who came from the deal by a ticket."""
    app = Flask("marketplace")
    marketplace.register(app, house.core)
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    ticket = issue_setup_ticket(house.core, person=house.person(user_id), deal_id=DEAL)
    client.get(f"/setup?ticket={ticket}")
    return client


def own_field(code: str, name: str, kind: str) -> dict[str, object]:
    """One of Pipedrive's own fields."""
    return a_field(field_code=code, field_name=name, field_type=kind, is_custom_field=False)


def opened(client: FlaskClient) -> BeautifulSoup:
    """Open the page."""
    return BeautifulSoup(client.get("/setup?change=preferences").text, "html.parser")


def form_of(page: BeautifulSoup) -> dict[str, str | list[str]]:
    """What a browser would send if nobody typed anything."""
    form: dict[str, str | list[str]] = {}
    rows: dict[str, list[str]] = {"tax_percent": [], "tax_rate": []}
    for template in page.select("template"):
        template.decompose()
    for box in page.select("form#preferences [name], [form=preferences][name]"):
        name = str(box["name"])
        if box.get("type") == "radio" and not box.has_attr("checked"):
            continue
        if name in rows:
            rows[name].append(_value(box))
        else:
            form[name] = _value(box)
    return form | rows


def _value(box: Tag) -> str:
    if box.name == "select":
        chosen = box.select_one("[selected]") or box.select_one("option")
        return str(chosen["value"]) if chosen else ""
    return str(box["value"])


def post(client: FlaskClient, path: str, **typed: str | list[str]) -> TestResponse:
    """Fill in the page and press one of its buttons."""
    return client.post(path, data=form_of(opened(client)) | typed)


def save(client: FlaskClient, **typed: str | list[str]) -> TestResponse:
    """Fill in the page and save."""
    return post(client, "/setup/preferences", **typed)


def offered(page: BeautifulSoup, name: str) -> dict[str, list[str]]:
    """What may be chosen, by the kind of record."""
    return {
        str(group["label"]): [str(option["value"]) for option in group.select("option")]
        for group in page.select(f"[name={name}] optgroup")
    }


def example(page: BeautifulSoup) -> dict[str, str]:
    """The lines of the example."""
    part = page.select_one("#example") or page
    return {text_at(row, "dt"): text_at(row, "dd") for row in part.select("dl.rows > div")}


def text_at(page: Tag, selector: str) -> str:
    """The words of the first part that is found."""
    part = page.select_one(selector)
    assert part is not None, selector
    return " ".join(part.get_text(" ").split())


def stored(house: House) -> Preferences:
    """What is kept for the company."""
    return get_preferences(house.get(Company, COMPANY).preferences)


def defaults(house: House) -> OrganisationDefaults:
    """What is kept for the organisation."""
    return house.get(OrganisationDefaults, COMPANY, ORGANISATION)
