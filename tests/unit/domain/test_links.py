from urllib.parse import parse_qs, urlsplit

from sync.domain.links import contact_link, invoice_link


def test_the_link_names_the_organisation_and_the_page() -> None:
    link = invoice_link(
        web_url="https://go.xero.com", short_code="!NLglS", invoice_id="220ddca8-3144-4085-9a88-2d72c5133734"
    )

    assert parse_qs(urlsplit(link).query) == {
        "shortcode": ["!NLglS"],
        "redirecturl": ["/AccountsReceivable/View.aspx?InvoiceID=220ddca8-3144-4085-9a88-2d72c5133734"],
    }


def test_a_contact_opens_in_the_right_organisation_too() -> None:
    link = contact_link(web_url="https://go.xero.com", short_code="!Ab", contact_id="c-1")

    assert link == "https://go.xero.com/organisationlogin/default.aspx?shortcode=!Ab&redirecturl=/Contacts/View/c-1"
