"""The invoice window's views as its script reads them: amounts as decimal text, sentences in the person's language."""

from collections.abc import Sequence
from decimal import Decimal

from marketplace.guidance import guidance_for
from marketplace.i18n import day
from marketplace.messages import REASONS, TREATMENTS
from marketplace.notes import note_text
from marketplace.steps import STEP_LABELS
from marketplace.window_words import CONTACT_FIELDS, CREATE_AS, lock_text, why_not_text
from sync.domain.accounting import Account, Contact, Item
from sync.domain.contact_changes import one_line
from sync.domain.due import DueRule
from sync.domain.invoice import LineAmountTypes
from sync.errors import ErrorCode
from sync.operations.contacts import ContactChoice
from sync.operations.customer import CustomerView
from sync.operations.prepare_invoice import Choices, FormLine, InvoiceForm

Json = dict[str, object]
#: What is wrong with these is wrong with one field.
_PROBLEM_FIELDS = {ErrorCode.CURRENCY_NOT_ENABLED: "currency"}


def form_json(form: InvoiceForm) -> Json:
    """Write the form as it opens."""
    return {
        "intent_key": form.intent_key,
        "organisation": form.organisation_name,
        "customer": {
            "name": form.customer.name,
            "email": form.customer.email,
            "address": one_line(form.customer.address),
            "tax_number": form.customer.tax_number,
        },
        "contact_id": form.contact_id,
        "contact_name": form.contact_name,
        "why_no_new_contact": None if form.customer.name else str(guidance_for(ErrorCode.NO_CUSTOMER).title),
        "currency": form.currency,
        "treatment": form.treatment.value,
        "issue_date": form.issue_date.isoformat(),
        "due_date": form.due_date.isoformat(),
        "due_rule": _due_rule(form.due_rule),
        "reference": form.reference,
        "lines": [_line(one) for one in form.lines],
        "notes": [note_text(note, form.currency) for note in form.notes],
        "problem": _problem(form.problem),
        "half_written": _half_written(form),
        **_choices(form.choices),
    }


def customer_json(view: CustomerView) -> Json:
    """Write who the customer is in Xero."""
    return {
        "candidates": contacts_json(view.candidates),
        "contact_id": view.contact.contact_id if view.contact else "",
        "contact": _contact(view.contact, xero_url=view.xero_url) if view.contact else None,
        "due_rule": _due_rule(view.due_rule) if view.due_rule else None,
        "differences": [
            {
                "field": one.field.value,
                "label": str(CONTACT_FIELDS[one.field]),
                "pipedrive": one.pipedrive,
                "xero": one.xero,
            }
            for one in view.differences
        ],
    }


def contacts_json(choices: Sequence[ContactChoice]) -> list[Json]:
    """Write contacts to choose from."""
    return [
        {
            "contact_id": one.contact_id,
            "name": one.name,
            "email": one.email,
            "reason": str(REASONS[one.reason]),
        }
        for one in choices
    ]


def items_json(items: Sequence[Item]) -> list[Json]:
    """Write items to choose from."""
    return [
        {
            "item_code": item.code,
            "name": item.name,
            "description": item.description,
            "unit_price": _text(item.unit_price),
            "account_code": item.account_code or None,
            "tax_type": item.tax_type or None,
        }
        for item in items
    ]


def _line(one: FormLine) -> Json:
    line = one.line
    return {
        "product": line.product or None,
        "percent": _text(line.own_percent),
        "description": line.description,
        "quantity": _text(line.quantity),
        "unit_amount": _text(line.unit_amount),
        "discount_rate": _text(line.discount_rate),
        "discount_amount": _text(line.discount_amount),
        "tax_type": line.tax_type,
        "account_code": line.account_code,
        "item_code": line.item_code,
        "item_name": one.item_name,
    }


def _choices(choices: Choices) -> Json:
    reference, defaults = choices.reference, choices.defaults
    return {
        "currencies": list(reference.currencies),
        "treatments": [{"value": kind.value, "label": str(TREATMENTS[kind])} for kind in LineAmountTypes],
        "theme_id": defaults.theme_id,
        "themes": [{"value": theme.theme_id, "label": theme.name} for theme in reference.themes],
        "rates": [
            {"value": rate.tax_type, "label": rate.name, "percent": _text(rate.effective_rate)}
            for rate in reference.sales_rates
        ],
        "accounts": [_account(account) for account in reference.sales_accounts],
        "default_account": defaults.account,
        "tax_table": {_text(percent): tax_type for percent, tax_type in choices.tax_types.items()},
        "lock_date": reference.lock_date.isoformat() if reference.lock_date else None,
        "lock_text": lock_text(day(reference.lock_date)) if reference.lock_date else None,
        "create_as": {
            "value": defaults.create_as if choices.create_as[defaults.create_as] is None else "draft",
            "choices": [
                {"value": name, "label": str(CREATE_AS[name]), "why_not": why_not_text(code)}
                for name, code in choices.create_as.items()
            ],
        },
    }


def _account(account: Account) -> Json:
    return {"value": account.code, "label": f"{account.code} · {account.name}", "tax_type": account.tax_type}


def _contact(contact: Contact, *, xero_url: str) -> Json:
    return {
        "contact_id": contact.contact_id,
        "name": contact.name,
        "email": contact.email,
        "address": one_line(contact.postal),
        "tax_number": contact.tax_number,
        "xero_url": xero_url,
    }


def _due_rule(rule: DueRule) -> Json:
    return {"kind": rule.kind.value, "day": rule.day}


def _problem(code: ErrorCode | None) -> Json | None:
    if code is None:
        return None
    guidance = guidance_for(code)
    return {
        "title": str(guidance.title),
        "text": str(guidance.text),
        "step": guidance.step.value,
        "step_label": str(STEP_LABELS.get(guidance.step, "")),
        "field": _PROBLEM_FIELDS.get(code, ""),
    }


def _half_written(form: InvoiceForm) -> Json | None:
    half = form.half_written
    return {"content": half.content, "saved_at": half.saved_at.isoformat()} if half else None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"
