"""The invoice window's own words."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.guidance import guidance_for
from sync.domain.contact_changes import ContactField
from sync.domain.invoice import Status
from sync.errors import ErrorCode
from sync.operations.draft_invoice import DraftResult

CREATE_AS: Mapping[str, LazyString] = {
    "draft": _l("Draft"),
    "submit": _l("Submitted for approval"),
    "approve": _l("Approved"),
}
CONTACT_FIELDS: Mapping[ContactField, LazyString] = {
    ContactField.ADDRESS: _l("Address"),
    ContactField.EMAIL: _l("E-mail"),
    ContactField.TAX_NUMBER: _l("Tax number"),
}
_WHY_NOT: Mapping[ErrorCode, LazyString] = {
    ErrorCode.NOT_ALLOWED: _l("Ask a Pipedrive admin to do this."),
    ErrorCode.NOT_ALLOWED_IN_XERO: _l("Whoever connected Xero may not do this there."),
}
_CREATED: Mapping[Status, LazyString] = {
    Status.DRAFT: _l("Draft %(number)s created in Xero."),
    Status.SUBMITTED: _l("%(number)s created in Xero and submitted for approval."),
    Status.AUTHORISED: _l("%(number)s created in Xero and approved."),
    Status.PAID: _l("%(number)s created in Xero and approved."),
}


def created_text(result: DraftResult) -> str:
    """Say what was made."""
    invoice = result.invoice
    if not invoice.number:
        return str(_("The invoice is in Xero."))
    if result.repeated:
        return str(_("%(number)s was created by an earlier click; there is only this one.", number=invoice.number))
    text: str = str(_CREATED.get(invoice.status, _CREATED[Status.DRAFT])) % {"number": invoice.number}
    return text


def why_not_text(code: ErrorCode | None) -> str | None:
    """Say why somebody may not make an invoice so."""
    return None if code is None else str(_WHY_NOT.get(code, guidance_for(code).title))


def lock_text(day: str) -> str:
    """Say up to when nothing can be changed."""
    return str(_("Xero is locked up to %(detail)s. Choose a later date.", detail=day))
