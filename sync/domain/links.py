"""Addresses in Xero's own pages."""

from urllib.parse import quote


def invoice_link(*, web_url: str, short_code: str, invoice_id: str) -> str:
    """Build the address of an invoice that opens in the right organisation, whichever the viewer was in.

    https://developer.xero.com/documentation/api-guides/deep-link-xero
    """
    page = quote(f"/AccountsReceivable/View.aspx?InvoiceID={invoice_id}", safe="/")
    return f"{web_url}/organisationlogin/default.aspx?shortcode={quote(short_code, safe='!')}&redirecturl={page}"
