"""What Xero demands of an invoice's lines, and what it works out from them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.xero.models import Invoice, Line, Organisation
from sandbox.xero.rounding import ZERO, line_amount, line_tax, totals
from sandbox.xero.values import Json, new_id, round2, round4, to_decimal

_LARGEST = Decimal("9999999999.99")
_CLASSES = {"REVENUE": "Revenue", "EXPENSE": "Expenses", "ASSET": "Assets", "LIABILITY": "Liabilities"}
_CLASSES["EQUITY"] = "Equity"
_NUMBERS = {"Quantity": "quantity", "DiscountRate": "discount_rate", "DiscountAmount": "discount_amount"}


class LineRules:
    """This will build the lines of one invoice from what was sent; `messages` has one list for each line."""

    def __init__(self, org: Organisation, invoice: Invoice, places: Callable[[Decimal], Decimal]) -> None:
        self._org, self._invoice, self._places = org, invoice, places
        self._known = {line.line_id: line for line in invoice.lines}
        self.messages: list[list[str]] = []

    def build(self, rows: list[Any]) -> list[Line]:
        """This will make every line: those with a known LineItemID are changed, the others are new."""
        lines = []
        for row in rows:
            self.messages.append([])
            lines.append(self._line(row if isinstance(row, dict) else {}))
        return lines

    def _say(self, message: str) -> None:
        self.messages[-1].append(message)

    def _line(self, row: Json) -> Line:
        known = self._known.get(str(row.get("LineItemID") or "").lower())
        line = replace(known) if known else Line(new_id())
        if row.get("Description") is not None:
            line.description = str(row["Description"])
        for field, name in _NUMBERS.items():
            if row.get(field) is not None:
                setattr(line, name, self._decimal(row, field))
        if row.get("UnitAmount") is not None:
            line.unit_amount = self._places(self._decimal(row, "UnitAmount"))
        if row.get("AccountCode") is not None:
            line.account_code = str(row["AccountCode"])
        if row.get("TaxType"):
            line.tax_type = str(row["TaxType"])
        if isinstance(row.get("Tracking"), list):
            line.tracking = self._tracking(row["Tracking"])
        self._item(line, row)
        self._check(line)
        self._price(line, row)
        self._tax(line, row)
        return line

    def _decimal(self, row: Json, field: str) -> Decimal:
        try:
            number = to_decimal(row[field])
        except ValueError:
            self._say(f"{field} is not a valid number")
            return ZERO
        if abs(number) > _LARGEST:
            self._say(f"{field} is too large")
            return ZERO
        return round4(number)

    def _item(self, line: Line, row: Json) -> None:
        code = row.get("ItemCode")
        if not code:
            return
        item = next((one for one in self._org.items.values() if one["Code"] == code), None)
        if item is None:
            self._say(f"Item code '{code}' is not valid")
            return
        line.item_code = str(code)
        sale = item.get("SalesDetails" if self._invoice.kind == "ACCREC" else "PurchaseDetails") or {}
        line.description = line.description or item.get("Description") or item.get("Name")
        if line.unit_amount is None and "UnitPrice" in sale:
            line.unit_amount = self._places(Decimal(str(sale["UnitPrice"])))
        line.account_code = line.account_code or sale.get("AccountCode")
        line.tax_type = line.tax_type or sale.get("TaxType")

    def _check(self, line: Line) -> None:
        if line.description is not None and len(line.description) > 4000:
            self._say("Description must not be longer than 4000 characters")
        if line.description is None and not line.priced:
            self._say("Description must be specified")
        if line.discount_rate is not None and not ZERO <= line.discount_rate <= 100:
            self._say("DiscountRate must be between 0 and 100")
        if line.discount_amount is not None and line.unit_amount is not None and line.unit_amount < 0:
            # https://github.com/XeroAPI/Xero-OpenAPI/issues/429
            self._say("Discounts can not be applied to lines with a negative amount")
        if self._invoice.kind != "ACCREC" and (line.discount_rate or line.discount_amount):
            self._say("Discounts can only be applied to sales invoices and quotes")
        account = self._account(line)
        if line.tax_type is None and account:
            line.tax_type = account.get("TaxType")
        if self._invoice.treatment == "NoTax":
            line.tax_type = "NONE"
        self._check_tax_type(line, account)

    def _account(self, line: Line) -> Json | None:
        if not line.account_code:
            return None
        account = next((one for one in self._org.accounts.values() if one.get("Code") == line.account_code), None)
        if account is None or account["Type"] == "BANK" or account.get("SystemAccount", "ROUNDING") != "ROUNDING":
            self._say(f"Account code '{line.account_code}' is not a valid code for this document.")
            return None
        if account["Status"] != "ACTIVE":
            self._say(f"Account code '{line.account_code}' has been archived.")
            return None
        return account

    def _check_tax_type(self, line: Line, account: Json | None) -> None:
        if line.tax_type is None:
            return
        rate = self._org.tax_rates.get(line.tax_type)
        fallback = "Revenue" if self._invoice.kind == "ACCREC" else "Expenses"
        if rate is None or rate["Status"] != "ACTIVE" or (account is None and not rate[f"CanApplyTo{fallback}"]):
            code = line.tax_type
            self._say(f"The TaxType code '{code}' does not exist or cannot be used for this type of transaction.")
        elif account is not None and not rate[f"CanApplyTo{_CLASSES[account['Class']]}"]:
            self._say(f"The TaxType code '{line.tax_type}' cannot be used with account code '{account['Code']}'.")

    def _price(self, line: Line, row: Json) -> None:
        if line.unit_amount is None and row.get("LineAmount") is not None and not line.item_code:
            line.unit_amount = self._places(self._decimal(row, "LineAmount") / (line.quantity or Decimal(1)))
        quantity = Decimal(1) if line.quantity is None else line.quantity
        line.line_amount = line_amount(
            quantity, line.unit_amount or ZERO, rate=line.discount_rate, discount=line.discount_amount
        )
        if abs(line.line_amount) > _LARGEST:
            self._say("The line amount is too large")
        if row.get("LineAmount") is not None:
            given = round2(self._decimal(row, "LineAmount"))
            if given != line.line_amount:
                self._say(f"The line total {given} does not match the expected line total {line.line_amount}")

    def _tax(self, line: Line, row: Json) -> None:
        if row.get("TaxAmount") is not None and self._invoice.treatment != "NoTax":
            line.tax_amount, line.tax_override = round2(self._decimal(row, "TaxAmount")), True
            return
        line.tax_override = False
        work_out_tax(self._org, self._invoice, line)

    def _tracking(self, rows: list[Any]) -> list[Json]:
        if len(rows) > 2:
            self._say("A line can have at most two tracking categories")
        made = []
        for row in rows:
            category = next((one for one in self._org.tracking if one["Name"] == row.get("Name")), None)
            option = next(
                (one for one in (category or {}).get("Options", ()) if one["Name"] == row.get("Option")), None
            )
            if category is None or option is None:
                self._say(f"The tracking option '{row.get('Option')}' does not exist")
                continue
            made.append(
                {
                    "Name": category["Name"],
                    "Option": option["Name"],
                    "TrackingCategoryID": category["TrackingCategoryID"],
                }
                | {"TrackingOptionID": option["TrackingOptionID"]}
            )
        return made


def work_out_tax(org: Organisation, invoice: Invoice, line: Line) -> None:
    """This will give a line the tax of its rate."""
    if line.tax_override:
        return
    rate = org.tax_rates.get(line.tax_type or "", {})
    line.tax_amount = line_tax(line.line_amount, Decimal(str(rate.get("EffectiveRate", 0))), invoice.treatment)


def add_up(invoice: Invoice) -> None:
    """This will set the invoice's sums from its lines."""
    sums = totals(((line.line_amount, line.tax_amount) for line in invoice.lines), invoice.treatment)
    invoice.sub_total, invoice.total_tax, invoice.total = sums


def completeness(invoice: Invoice) -> list[str]:
    """This will say what an invoice still lacks to be submitted or approved."""
    missing = [] if invoice.lines else ["One or more line items must be specified"]
    if invoice.due is None:
        missing.append("Due Date cannot be empty")
    return missing


def line_completeness(line: Line) -> list[str]:
    """This will say what a priced line still lacks then."""
    if not line.priced:
        return []
    fields = {"Description": line.description, "Quantity": line.quantity, "UnitAmount": line.unit_amount}
    fields["Account code"] = line.account_code
    return [f"{name} must be specified" for name, value in fields.items() if value in (None, "")]
