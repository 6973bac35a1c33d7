"""What a deal says of its invoices, and the values that go into its fields in Pipedrive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sync.domain.invoice import Invoice, Status

_LONGEST_TEXT = 255
_CUT = "…"
# What still wants somebody's attention comes first.
_PRECEDENCE = (
    Status.AUTHORISED,
    Status.SUBMITTED,
    Status.DRAFT,
    Status.PAID,
    Status.VOIDED,
    Status.DELETED,
)
_ENDED = frozenset({Status.VOIDED, Status.DELETED})
_COUNTED = frozenset({Status.SUBMITTED, Status.AUTHORISED, Status.PAID})


class Slot(StrEnum):
    """The deal fields, by their names in `manifests/pipedrive.toml`."""

    STATUS = "status"
    NUMBER = "number"
    INVOICED = "invoiced"
    PAID = "paid"
    DUE = "due"
    NEXT_DUE_DATE = "next_due_date"
    OTHER_CURRENCIES = "other_currencies"
    LINK = "link"


@dataclass(frozen=True)
class SummaryField:
    """Where a slot lives in one company: its field code, and the option ids of the status."""

    field_code: str
    option_ids: Mapping[Status, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DealSummary:
    """All invoices of a deal in one; sums are None where the deal has no invoice."""

    currency: str
    status: Status | None = None
    number: str = ""
    invoiced: Decimal | None = None
    paid: Decimal | None = None
    due: Decimal | None = None
    next_due_date: date | None = None
    other_currencies: str = ""
    link_invoice_id: str | None = None


def deal_summary(*, invoices: Iterable[Invoice], deal_currency: str) -> DealSummary:
    """Summarise a deal's sales invoices in the deal's currency."""
    ordered = sorted((invoice for invoice in invoices if invoice.is_sales), key=_leading_first)
    if not ordered:
        return DealSummary(currency=deal_currency)
    own = [invoice for invoice in ordered if invoice.currency == deal_currency]
    leading = ordered[0]
    sums = _sums(invoices=own)
    return DealSummary(
        currency=deal_currency,
        status=leading.status,
        number=_numbers(invoices=ordered),
        invoiced=sums.invoiced,
        paid=sums.paid,
        due=sums.due,
        next_due_date=min((one.due_date for one in own if _is_owed(one) and one.due_date), default=None),
        other_currencies=_other_currencies(invoices=ordered, deal_currency=deal_currency),
        link_invoice_id=leading.invoice_id,
    )


def field_values(*, summary: DealSummary, fields: Mapping[Slot, SummaryField], link: str) -> Mapping[str, object]:
    """Express a summary as Pipedrive API v2 takes it, by field code; None empties a field.

    A slot whose field is not there any more is left out. A status whose option is not empties its field: what stood there
    before would be wrong.
    """
    plain: dict[Slot, object] = {
        Slot.NUMBER: _varchar(text=summary.number),
        Slot.INVOICED: _monetary(amount=summary.invoiced, currency=summary.currency),
        Slot.PAID: _monetary(amount=summary.paid, currency=summary.currency),
        Slot.DUE: _monetary(amount=summary.due, currency=summary.currency),
        Slot.NEXT_DUE_DATE: summary.next_due_date.isoformat() if summary.next_due_date else None,
        Slot.OTHER_CURRENCIES: _varchar(text=summary.other_currencies),
        # A link cut short leads nowhere.
        Slot.LINK: link if link and len(link) <= _LONGEST_TEXT else None,
    }
    values = {fields[slot].field_code: value for slot, value in plain.items() if slot in fields}
    return {**values, **_status_value(summary=summary, status_field=fields.get(Slot.STATUS))}


#: Stands among the values that were written last for one of which nobody knows what became of it.
UNKNOWN: Mapping[str, object] = {"unknown": True}


def changed_values(*, new: Mapping[str, object], last_written: Mapping[str, object]) -> Mapping[str, object]:
    """Keep what differs from our last write, given as `storable_values`; a field never written counts as empty."""
    wanted = storable_values(values=new)
    return {code: value for code, value in new.items() if last_written.get(code) != wanted[code]}


def storable_values(*, values: Mapping[str, object]) -> dict[str, object]:
    """Express field values as plain JSON with amounts as text, to remember what was written."""
    return {code: _storable(value=value) for code, value in values.items()}


def read_values(*, values: Mapping[str, object]) -> dict[str, object]:
    """Express field values as Pipedrive API v2 gives them in the way in which ours are remembered."""
    return {code: _read(value=value) for code, value in values.items()}


@dataclass(frozen=True)
class _Sums:
    invoiced: Decimal
    paid: Decimal
    due: Decimal


def _sums(*, invoices: Sequence[Invoice]) -> _Sums:
    counted = [invoice for invoice in invoices if invoice.status in _COUNTED]
    return _Sums(
        invoiced=sum((invoice.total for invoice in counted), Decimal(0)),
        paid=sum((invoice.amount_paid for invoice in counted), Decimal(0)),
        due=sum((invoice.amount_due for invoice in counted if _is_owed(invoice)), Decimal(0)),
    )


def _is_owed(invoice: Invoice) -> bool:
    return invoice.status is Status.AUTHORISED and invoice.amount_due > 0


def _leading_first(invoice: Invoice) -> tuple[int, date, str]:
    return (_PRECEDENCE.index(invoice.status), invoice.due_date or date.max, invoice.invoice_id)


def _numbers(*, invoices: Sequence[Invoice]) -> str:
    live = [invoice.number for invoice in invoices if invoice.status not in _ENDED and invoice.number]
    return ", ".join(live) or invoices[0].number


def _other_currencies(*, invoices: Sequence[Invoice], deal_currency: str) -> str:
    found = sorted({one.currency for one in invoices if one.currency != deal_currency and one.status in _COUNTED})
    return "; ".join(
        _in_words(currency=currency, sums=_sums(invoices=[one for one in invoices if one.currency == currency]))
        for currency in found
    )


def _in_words(*, currency: str, sums: _Sums) -> str:
    return f"{currency} {sums.invoiced:.2f} invoiced, {sums.paid:.2f} paid, {sums.due:.2f} due"


def _varchar(*, text: str) -> str | None:
    if len(text) <= _LONGEST_TEXT:
        return text or None
    return text[: _LONGEST_TEXT - len(_CUT)].rstrip(" ,;") + _CUT


def _monetary(*, amount: Decimal | None, currency: str) -> Mapping[str, object] | None:
    if amount is None:
        return None
    # A number, never text: Pipedrive v2 refuses numbers in quotes. The client writes a Decimal as the number it is.
    return {"value": amount, "currency": currency}


def _storable(*, value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _storable(value=part) for name, part in value.items()}
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _read(*, value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    amount = value.get("value")
    return None if amount is None else {"value": f"{Decimal(str(amount)):.2f}", "currency": value.get("currency")}


def _status_value(*, summary: DealSummary, status_field: SummaryField | None) -> Mapping[str, object]:
    if status_field is None:
        return {}
    if summary.status is None:
        return {status_field.field_code: None}
    return {status_field.field_code: status_field.option_ids.get(summary.status)}
