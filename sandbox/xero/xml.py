"""Xero's other tongue: XML is what a client gets that does not ask for JSON."""

import json
from xml.sax.saxutils import escape

from flask import Response

_SINGULAR = {"Currencies": "Currency", "TrackingCategories": "TrackingCategory", "Addresses": "Address"}
_SINGULAR |= {"TaxRates": "TaxRate", "Elements": "DataContractBase", "Organisations": "Organisation"}


def _element(name: str, value: object) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items() if one is not None)
    elif isinstance(value, list):
        single = _SINGULAR.get(name, name.removesuffix("s"))
        inner = "".join(_element(single, one) for one in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def to_xml(response: Response) -> Response:
    """This will turn a JSON answer into its XML twin."""
    value = json.loads(response.get_data())
    root = "Response" if response.status_code < 400 else "ApiException"
    response.set_data('<?xml version="1.0" encoding="utf-8"?>' + _element(root, value))
    response.content_type = "text/xml; charset=utf-8"
    return response
