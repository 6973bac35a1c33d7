import pytest
from flask.testing import FlaskClient

from tests.unit.sandbox.xero.caller import Caller


def invoice_id(client: FlaskClient, number: str) -> str:
    rows = Caller(client).rows(f"/Invoices?InvoiceNumbers={number}")
    return str(rows[0]["InvoiceID"])


def press(client: FlaskClient, path: str, **form: str) -> str:
    return client.post(path, data=form, follow_redirects=True).text


def test_home_lists_organisations_and_invoices(client: FlaskClient) -> None:
    page = client.get("/").text

    for text in ("Paper Lantern Studio Ltd", "Paper Lantern Events Ltd", "INV-0001", "Awaiting payment", "bill"):
        assert text in page


def test_an_accountant_can_walk_the_whole_life(client: FlaskClient) -> None:
    path = f"/invoice/{invoice_id(client, 'INV-0002')}"

    assert "Awaiting approval" in press(client, f"{path}/submit")
    assert "Awaiting payment" in press(client, f"{path}/approve")
    assert "PO 9" in press(client, f"{path}/edit", due="2027-05-01", reference="PO 9")
    part = press(client, f"{path}/pay", amount="28,00")
    assert ("1,600.00" in part, "Remove payment" in part, ">Void<" in part) == (True, True, False)
    assert 'id="status">Paid' in press(client, f"{path}/pay")
    assert "Awaiting payment" in press(client, f"{path}/unpay")
    assert 'id="status">Voided' in press(client, f"{path}/void")


@pytest.mark.parametrize(
    ("action", "form", "problem"),
    [
        ("delete", {}, "Invoice not of valid status for modification"),
        ("pay", {"amount": "999999"}, "Payment amount exceeds the amount outstanding"),
        ("pay", {"amount": "lots"}, "The amount is not a number."),
    ],
)
def test_what_xero_forbids_is_said(client: FlaskClient, action: str, form: dict[str, str], problem: str) -> None:
    answer = client.post(f"/invoice/{invoice_id(client, 'INV-0001')}/{action}", data=form)

    assert answer.status_code == 400
    assert problem in answer.text


def test_disconnecting_tells_nobody_and_forbids(client: FlaskClient) -> None:
    xero = Caller(client)
    connection = (client.get("/connections", headers=xero.headers).json or [])[0]["id"]
    assert "Disconnect" in client.get("/connected-apps").text

    page = press(client, f"/connected-apps/{connection}/disconnect")

    assert "No app is connected" in page
    assert xero.call("GET", "/Organisation").status_code == 403


def test_deep_links_lead_to_the_invoice(client: FlaskClient) -> None:
    wanted = invoice_id(client, "INV-0001")
    query = {"shortcode": "!pLs7q", "redirecturl": f"/AccountsReceivable/View.aspx?InvoiceID={wanted}"}

    answer = client.get("/organisationlogin/default.aspx", query_string=query, follow_redirects=True)

    assert "INV-0001" in answer.text
    assert client.get(f"/AccountsReceivable/View.aspx?InvoiceID={wanted}").location == f"/invoice/{wanted}"
    assert client.get("/organisationlogin/default.aspx", query_string={**query, "shortcode": "!x"}).status_code == 404
    away = {**query, "redirecturl": "//evil.example/"}
    assert client.get("/organisationlogin/default.aspx", query_string=away).status_code == 404


def test_the_webhook_page_shows_state(client: FlaskClient) -> None:
    assert "No address is set." in client.get("/webhook").text


def test_control_can_make_change_and_reset(client: FlaskClient) -> None:
    made = client.post("/control/invoices", json={"Contact": {"Name": "Kestrel"}}).json or {}
    edited = client.post(f"/control/invoices/{made['InvoiceID']}", json={"Reference": "r"}).json or {}

    assert (made["Status"], edited["Reference"]) == ("DRAFT", "r")
    assert client.get(f"/control/invoices/{made['InvoiceID']}").status_code == 200
    for path, body in (("organisation", {"x": 1}), ("conditions", {"tier": "x"}), ("tokens", {"user": "x"})):
        assert client.post(f"/control/{path}", json=body).status_code == 400
    assert client.post(f"/control/invoices/{made['InvoiceID']}/frame", json={}).status_code == 404
    client.post("/control/reset")
    assert client.get(f"/control/invoices/{made['InvoiceID']}").status_code == 404
