"""Addresses in Xero's own pages."""

from urllib.parse import quote


def invoice_link(*, web_url: str, short_code: str, invoice_id: str) -> str:
    """Build the address of an invoice that opens in the right organisation, whichever the viewer was in.

    https://developer.xero.com/documentation/api-guides/deep-link-xero
    """
    return _in_organisation(f"/AccountsReceivable/View.aspx?InvoiceID={invoice_id}", web_url, short_code)


def contact_link(*, web_url: str, short_code: str, contact_id: str) -> str:
    """Build the address of a contact, likewise.

    https://developer.xero.com/documentation/api-guides/deep-link-xero
    """
    return _in_organisation(f"/Contacts/View/{contact_id}", web_url, short_code)


def _in_organisation(page: str, web_url: str, short_code: str) -> str:
    target = quote(page, safe="/")
    return f"{web_url}/organisationlogin/default.aspx?shortcode={quote(short_code, safe='!')}&redirecturl={target}"
