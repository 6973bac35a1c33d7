"""The window with all invoices of the contact: what stands in it, and what it asks for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, render_template
from flask.testing import FlaskClient

from marketplace.all_invoices_schemas import WishSchema
from marketplace.schemas import FormRefused
from sync.core import Core
from sync.domain.invoice import Standing, Status
from sync.domain.matching import MatchReason
from sync.domain.selection import CurrencySums, Period, Span
from sync.errors import ErrorCode
from sync.operations.contact_invoices import ListedInvoice, Listing, Place, Wish
from sync.operations.contacts import ContactChoice
from sync.operations.link_contact import FoundContacts
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.company import Audit
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord
from tests.unit.marketplace.conftest import COMPANY, DEAL, NOW, USER
from tests.unit.marketplace.examples import INVOICE, OVERDUE

INVOICE_ID = "0f0e0000-0000-4000-8000-000000000001"
OTHER_DEAL = 77
ELSEWHERE = ListedInvoice(
    replace(OVERDUE, number="INV-7"), Place.ELSEWHERE, OTHER_DEAL, "Quay", "https://acme.pipedrive.com/deal/77"
)
LISTING = Listing(
    contact_name="Acme Lighthouses Ltd",
    organisation_name="Nordlicht GmbH",
    span=Span(date(2026, 1, 1), date(2026, 12, 31)),
    invoices=(ListedInvoice(INVOICE, Place.NOWHERE),),
    page=1,
    count=1,
    read_from=1,
    read=1,
    over=0,
    sums=(CurrencySums("EUR", 1, Decimal("1190.00"), Decimal("400.00"), Decimal("790.00")),),
    as_of=NOW,
    why_not_link=None,
)


def test_the_outline_is_there_before_anybody_was_asked(client: FlaskClient, frame_query: dict[str, str]) -> None:
    page = BeautifulSoup(client.get("/invoices", query_string=frame_query).text, "html.parser")

    assert _one(page, "#all")["data-list"] == f"/invoices/list?deal={DEAL}"
    assert page.select(".skeleton")
    assert [str(option["value"]) for option in page.select("[name=period] option")] == [one.value for one in Period]
    assert len(page.select("[name=status] option")) == 1 + len(Status)
    assert "/static/invoices-" in str(page)


def test_a_window_without_a_deal_says_so(client: FlaskClient, frame_query: dict[str, str]) -> None:
    assert (
        "Open this window from a deal." in client.get("/invoices", query_string=frame_query | {"selectedIds": ""}).text
    )


@pytest.mark.parametrize(
    ("asked", "wish"),
    [
        ({"deal": "42"}, Wish()),
        ({"period": "year", "from": "", "to": "", "status": "", "q": " ", "page": "1"}, Wish()),
        ({"period": "month", "from": "2026-01-01", "status": "PAID", "q": " PO 7 ", "page": "3"},
         Wish(period=Period.MONTH, status=Status.PAID, term="PO 7", page=3)),
        ({"period": "custom", "from": "2026-02-01", "to": "2026-02-01"},
         Wish(period=Period.CUSTOM, span=Span(date(2026, 2, 1), date(2026, 2, 1)))),
    ],
)  # fmt: skip
def test_the_filters_become_a_wish(asked: dict[str, str], wish: Wish) -> None:
    assert WishSchema().load(asked) == wish


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"period": "custom"}, {"from": ["Choose a date."], "to": ["Choose a date."]}),
        ({"period": "custom", "from": "2026-02-02", "to": "2026-02-01"},
         {"to": ["Choose a day on or after the first one."]}),
        ({"period": "custom", "from": "soon", "to": "2026-02-01"},
         {"from": ["Enter a date, for example 2026-12-31."]}),
        ({"q": "x" * 256}, {"q": ["Use at most 255 characters."]}),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_says_so_at_its_field(
    app: Flask, asked: dict[str, str], refused: dict[str, list[str]]
) -> None:
    with app.test_request_context(), pytest.raises(FormRefused) as caught:
        WishSchema().load(asked)

    assert {name: [str(word) for word in words] for name, words in caught.value.fields.items()} == refused


@pytest.mark.parametrize("odd", [{"page": "0"}, {"page": "x"}, {"status": "BILLED"}, {"period": "decade"}])
def test_nonsense_is_refused(app: Flask, odd: dict[str, str]) -> None:
    with app.test_request_context(), pytest.raises(FormRefused):
        WishSchema().load(odd)


def test_a_refused_filter_is_named_in_the_answer(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.get(f"/invoices/list?deal={DEAL}&period=custom&from=2026-02-02&to=2026-02-01", headers=bearer)

    assert answer.status_code == 422
    refusal = _one(BeautifulSoup(answer.text, "html.parser"), "[data-field=to]")
    assert (refusal["id"], refusal.get_text()) == ("refusal-to", "Choose a day on or after the first one.")


def test_without_xero_the_one_next_step_is_to_connect(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.get(f"/invoices/list?deal={DEAL}", headers=bearer)

    assert answer.status_code == 409
    assert [_words(one) for one in BeautifulSoup(answer.text, "html.parser").select("button")] == ["Connect Xero"]


def test_a_busy_xero_can_be_tried_again(app: Flask) -> None:
    page = _drawn(app, "invoices/_failure.html", guidance="xero_busy")

    assert _one(page, "button")["data-do"] == "refresh"
    assert _one(page, "[role=alert] h2").get_text() == "Xero is taking no more calls just now"


def test_a_row_says_what_a_person_needs_to_choose(app: Flask) -> None:
    row = _one(_listed(app, ListedInvoice(INVOICE, Place.NOWHERE)), ".row")

    assert _words(row) == (
        "INV-0045 Open in Xero Reference Lighthouse refit €1,190.00 €790.00 due Awaiting payment "
        "Issued Nov 22, 2026 Due Dec 6, 2026 Sent Link to this deal Linking … INV-0045"
    )
    assert "data-ask" not in _one(row, "[data-do=act]").attrs


@pytest.mark.parametrize(
    ("place", "said", "button"),
    [
        (Place.HERE, "On this deal", "Unlink"),
        (Place.HIDDEN, "On another deal that cannot be shown to you", ""),
        (Place.GONE, "On a deleted deal", "Link to this deal"),
    ],
)
def test_a_row_says_where_the_invoice_hangs(app: Flask, place: Place, said: str, button: str) -> None:
    row = _one(_listed(app, ListedInvoice(INVOICE, place)), ".row")

    assert _words(_one(row, ".deal > span")) == said
    assert [_words(one) for one in row.select("button .idle")] == ([button] if button else [])


def test_to_move_an_invoice_is_asked_about_first(app: Flask) -> None:
    row = _one(_listed(app, ELSEWHERE), ".row")
    button = _one(row, "[data-do=act]")

    assert _one(row, ".other a")["href"] == "https://acme.pipedrive.com/deal/77"
    assert (button["data-leaves"], button["data-ask"], button["data-ok"]) == (
        "77",
        "Move INV-7 to this deal?",
        "Move invoice",
    )
    assert "It is on the deal Quay now" in button["data-means"]


def test_what_was_deleted_cannot_be_linked_and_can_be_unlinked(app: Flask) -> None:
    deleted = replace(INVOICE, status=Status.DELETED, standings=frozenset())

    assert _listed(app, ListedInvoice(deleted, Place.NOWHERE)).select("[data-do=act]") == []
    assert _words(_one(_listed(app, ListedInvoice(deleted, Place.HERE)), ".row .idle")) == "Unlink"


def test_who_may_not_link_sees_everything_and_is_told_why(app: Flask) -> None:
    page = _listed(app, ELSEWHERE, why_not_link=ErrorCode.NOT_ALLOWED_IN_XERO)

    assert page.select("[data-do=act]") == []
    assert "not link or unlink them. Whoever connected Xero lacks the right" in _words(_one(page, ".banner"))


def test_sums_say_what_they_are_of(app: Flask) -> None:
    few, many = _listed(app, over=2, count=3, read=3), _listed(app, count=60, read=60)
    too_many = _listed(app, count=2500, read_from=1001, read=1000, page=41)

    assert _words(_one(few, ".sum")) == "EUR 1 invoice Total €1,190.00 Paid so far €400.00 To be paid €790.00"
    assert _words(_one(few, ".of-what")) == "2 voided or deleted ones are not counted."
    assert _words(_one(many, ".of-what")) == "Totals of all 60 invoices, not only of this page."
    assert _words(_one(too_many, ".of-what")).startswith("Totals of invoices 1,001 to 2,000 of 2,500.")


def test_pages_are_turned_where_there_are_more(app: Flask) -> None:
    pager = _one(_listed(app, count=60, page=1), ".pager")

    assert [button.has_attr("disabled") for button in pager.select("button")] == [True, False]
    assert (pager.select("button")[1]["data-page"], _words(_one(pager, "span"))) == ("2", "1\N{EN DASH}1 of 60")
    assert _listed(app).select(".pager") == []


@pytest.mark.parametrize(
    ("wish", "title", "steps"),
    [
        (Wish(), "No invoice in this period", 0),
        (Wish(term="x"), "No invoice matches", 1),
        (Wish(status=Status.PAID), "No invoice matches", 1),
    ],
)
def test_an_empty_list_says_what_to_do(app: Flask, wish: Wish, title: str, steps: int) -> None:
    page = _listed(app, count=0, invoices=(), sums=(), wish=wish)

    assert _one(page, ".state h3").get_text() == title
    assert len(page.select(".state [data-do=clear]")) == steps
    assert page.select(".sums") == page.select(".listed") == []


def test_an_overdue_and_credited_invoice_is_marked_in_words(app: Flask) -> None:
    standings = frozenset({Standing.OVERDUE, Standing.CREDITED})
    row = replace(OVERDUE, standings=standings, amount_credited=Decimal(50))

    assert "12 days overdue €50.00 credited" in _words(_listed(app, ListedInvoice(row, Place.NOWHERE)))


def test_contacts_are_offered_with_their_reason(app: Flask) -> None:
    choice = ContactChoice(contact_id="c-1", name="Acme Ltd", email="a@acme.example", reason=MatchReason.NAME)
    page = _drawn(app, "invoices/_contacts.html", found=FoundContacts("ACME", "", (choice,)))

    assert _words(page) == "Most like ACME Acme Ltd a@acme.example · same name Choose Linking … Acme Ltd"
    assert _one(page, "[data-do=choose]")["data-contact"] == "c-1"


def test_where_no_contact_is_found_it_says_how_to_go_on(app: Flask) -> None:
    page = _drawn(app, "invoices/_contacts.html", found=FoundContacts("ACME", "x", ()))

    assert _one(page, "h3").get_text() == "No contact found"


def test_unlinking_gives_the_row_as_it_is_then(client: FlaskClient, core: Core, bearer: dict[str, str]) -> None:
    _hang(core, deal_id=DEAL)

    answer = client.post(f"/invoices/{INVOICE_ID}/unlink?deal={DEAL}", headers=bearer)

    assert answer.status_code == 200
    assert _one(BeautifulSoup(answer.text, "html.parser"), ".row")["data-place"] == "nowhere"
    assert answer.headers["HX-Trigger"] == (
        '{"instep:say": {"message": "INV-1 is unlinked. Nothing has changed in Xero."}}'
    )
    with core.database.reading() as session:
        assert session.query(DealInvoice).count() == 0
        assert [one.verb for one in session.query(Audit)] == ["unlink_invoice"]


def test_what_somebody_else_linked_meanwhile_is_refused_in_the_row(
    client: FlaskClient, core: Core, bearer: dict[str, str]
) -> None:
    _hang(core, deal_id=OTHER_DEAL)

    answer = client.post(f"/invoices/{INVOICE_ID}/link?deal={DEAL}", headers=bearer, data={"leaves": ""})

    assert answer.status_code == 409
    page = BeautifulSoup(answer.text, "html.parser")
    assert _one(page, "[role=alert] strong").get_text() == "This invoice is on another deal by now"
    assert page.select("[data-do=dismiss]")


@pytest.mark.parametrize("contact_id", ["", "c-1"])
def test_a_choice_that_is_none_is_refused(client: FlaskClient, bearer: dict[str, str], contact_id: str) -> None:
    answer = client.post(f"/invoices/contact?deal={DEAL}", headers=bearer, data={"contact_id": contact_id})

    assert answer.status_code == 422


def test_the_window_speaks_french(client: FlaskClient, signed: Callable[..., str]) -> None:
    query = {"token": signed(user_id=USER + 1), "selectedIds": str(DEAL)}

    page = BeautifulSoup(client.get("/invoices", query_string=query).text, "html.parser")

    assert [_words(option) for option in page.select("[name=period] option")][:2] == ["Ce mois-ci", "Ce trimestre"]


def _hang(core: Core, *, deal_id: int) -> None:
    """Connect Xero, and hang an invoice on a deal."""
    zero = dict.fromkeys(
        ("sub_total", "total_tax", "total", "amount_due", "amount_paid", "amount_credited"), Decimal(0)
    )
    tokens = {"access_token": "", "refresh_token": "", "expires_at": NOW, "refreshed_at": NOW, "scope": ""}
    deal = {"currency": "EUR", "owner_id": USER, "status": "open", "updated_at": NOW, "fetched_at": NOW}
    with core.database.writing() as session:
        session.add(Grant(grant_id="g", xero_userid="x", **tokens))
        session.add(Organisation(organisation_id="o", tenant_id="t", name="Nordlicht GmbH", reference={}))
        session.flush()
        connection = {"state": "active", "connected_by": USER, "connected_at": NOW, "actions": ["CreateDraftInvoice"]}
        names = {"company_id": COMPANY, "organisation_id": "o", "grant_id": "g", "xero_connection_id": "k"}
        session.add(Connection(key="k", **names, **connection))
        if deal_id != DEAL:
            session.add(DealRow(company_id=COMPANY, deal_id=deal_id, title="Quay", **deal))
        session.add(
            InvoiceRecord(
                organisation_id="o",
                invoice_id=INVOICE_ID,
                number="INV-1",
                status="DRAFT",
                contact_id="c",
                contact_name="Acme",
                currency="EUR",
                reference="",
                url="",
                sent_to_contact=False,
                updated_at=NOW,
                fetched_at=NOW,
                **zero,
            )
        )
        session.flush()
        link = {"company_id": COMPANY, "organisation_id": "o", "invoice_id": INVOICE_ID}
        session.add(DealInvoice(**link, deal_id=deal_id, linked_at=NOW))


def _listed(app: Flask, *invoices: ListedInvoice, wish: Wish = Wish(), **changes: object) -> BeautifulSoup:  # noqa: B008 - frozen
    listing: Listing = replace(LISTING, **{"invoices": invoices or LISTING.invoices} | changes)  # type: ignore[arg-type]  # as the test asks
    return _drawn(app, "invoices/_list.html", listing=listing, wish=wish)


def _drawn(app: Flask, template: str, *, guidance: str = "", **about: object) -> BeautifulSoup:
    with app.test_request_context():
        said = {"guidance": app.jinja_env.globals["guidance_for"](guidance)} if guidance else {}  # type: ignore[operator]  # as the test asks
        return BeautifulSoup(render_template(template, deal_id=DEAL, **about | said), "html.parser")


def _one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    [found] = page.select(selector)
    return found


def _words(tag: BeautifulSoup | Tag) -> str:
    return " ".join(tag.get_text(" ").split())
