"""Xero's sentences are sorted by the field that they are about."""

import json

import pytest

from sync.clients.failures import Refused
from sync.clients.transport import Request, Response
from sync.clients.xero._errors import XERO, check


def test_sentences_are_put_where_they_belong() -> None:
    element = {
        "ValidationErrors": [
            said("The TaxType code 'X' does not exist"),
            said("Due Date cannot be empty"),
            said("Odd"),
        ],
        "Contact": {"ValidationErrors": [said("must be un-archived")]},
        "LineItems": [
            {"Description": "fine"},
            {"ValidationErrors": [said("The TaxType code 'X' does not exist"), said("Quantity must be specified")]},
        ],
    }

    refused = refusal([element])

    assert refused.places == {
        "lines.1.tax_type": ("The TaxType code 'X' does not exist",),
        "lines.1.quantity": ("Quantity must be specified",),
        "contact_id": ("must be un-archived",),
        "due_date": ("Due Date cannot be empty",),
    }
    assert "Odd" in refused.messages


@pytest.mark.parametrize("elements", [None, [], [7], [{"LineItems": "x", "Contact": [], "ValidationErrors": {}}]])
def test_a_body_of_another_shape_names_no_place(elements: object) -> None:
    assert refusal(elements).places == {}


def said(sentence: str) -> dict[str, str]:
    """Give one validation error."""
    return {"Message": sentence}


def refusal(elements: object) -> Refused:
    """Give what a 400 with these elements means."""
    body = json.dumps({"Message": "A validation exception occurred", "Elements": elements}).encode()
    with pytest.raises(Refused) as caught:
        check(Request(XERO, "PUT", "https://x/Invoices"), Response(400, {}, body))
    return caught.value
