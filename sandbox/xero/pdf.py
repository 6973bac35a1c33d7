"""An invoice on paper: one plain page, written by hand so that no drawing library slows every start."""

from flask import Response

from sandbox.xero.models import Invoice, Organisation

_FIRST_LINE, _LINE_HEIGHT, _MOST_LINES = 790, 16, 46


def _lines(org: Organisation, invoice: Invoice) -> list[str]:
    final = invoice.status in ("AUTHORISED", "PAID")
    head = [
        "TAX INVOICE" if final else "DRAFT INVOICE",
        org.name,
        f"To: {org.contacts[invoice.contact_id]['Name']}",
        f"Invoice number {invoice.number}    Date {invoice.issued}    Due {invoice.due or '-'}",
        f"Reference {invoice.reference or '-'}",
        "",
    ]
    body = [
        f"{line.description or ''}   {line.quantity or ''} x {line.unit_amount or ''}   {line.line_amount}"
        for line in invoice.lines
    ]
    foot = [
        "",
        f"Subtotal {invoice.sub_total}   Tax {invoice.total_tax}   Total {invoice.currency} {invoice.total}",
        f"Amount due {invoice.currency} {invoice.amount_due}",
    ]
    return [*head, *body[: _MOST_LINES - len(head) - len(foot)], *foot]


def _escaped(text: str) -> bytes:
    # The built-in fonts of a PDF know Latin-1 only, and a text stands in brackets.
    plain = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").replace("\n", " ")
    return plain.encode("latin-1", "replace")


def _document(objects: list[bytes]) -> bytes:
    """This will number the objects and end the file with the table that says where each begins."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return bytes(out) + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def invoice_pdf(org: Organisation, invoice: Invoice) -> Response:
    """This will draw a plain page with the lines and sums."""
    shown = b"".join(b"(%b) Tj T*\n" % _escaped(line) for line in _lines(org, invoice))
    text = b"BT /F1 11 Tf %d TL 50 %d Td\n%bET" % (_LINE_HEIGHT, _FIRST_LINE, shown)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page + b"/Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
    ]
    return Response(_document(objects), content_type="application/pdf")
