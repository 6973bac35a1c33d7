"""An invoice on paper."""

from flask import Response
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from sandbox.xero.models import Invoice, Organisation


def _latin(text: object) -> str:
    # The built-in fonts of a PDF know Latin-1 only.
    return str(text).encode("latin-1", "replace").decode("latin-1")


def invoice_pdf(org: Organisation, invoice: Invoice) -> Response:
    """This will draw a plain page with the lines and sums."""
    page = FPDF()
    page.add_page()

    def write(text: object, size: int = 10) -> None:
        page.set_font("Helvetica", size=size)
        page.cell(0, size / 2 + 2, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    write("TAX INVOICE" if invoice.status in ("AUTHORISED", "PAID") else "DRAFT INVOICE", 18)
    write(org.name, 12)
    write(f"To: {org.contacts[invoice.contact_id]['Name']}")
    write(f"Invoice number {invoice.number}    Date {invoice.issued}    Due {invoice.due or '-'}")
    write(f"Reference {invoice.reference or '-'}")
    for line in invoice.lines:
        write(f"{line.description or ''}   {line.quantity or ''} x {line.unit_amount or ''}   {line.line_amount}")
    write(f"Subtotal {invoice.sub_total}   Tax {invoice.total_tax}   Total {invoice.currency} {invoice.total}", 12)
    write(f"Amount due {invoice.currency} {invoice.amount_due}", 12)
    return Response(bytes(page.output()), content_type="application/pdf")
