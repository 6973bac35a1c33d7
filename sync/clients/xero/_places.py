"""Where in an invoice Xero found fault: its sentences name the field in words, and nest in the part that they are about."""

from collections.abc import Iterator, Mapping

from sync.clients.answers import dict_of, tidy_messages

# Read in this order: "account code" also stands in sentences about a tax type that does not fit it.
_IN_LINES = {
    "taxtype": "tax_type",
    "tax type": "tax_type",
    "item code": "item_code",
    "account": "account_code",
    "discount": "discount",
    "quantity": "quantity",
    "unitamount": "unit_amount",
    "unit amount": "unit_amount",
    "description": "description",
}
_IN_HEAD = {
    "lock date": "issue_date",
    "due date": "due_date",
    "currency": "currency",
    "branding": "theme_id",
    "reference": "reference",
    "contact": "contact_id",
    "line item": "lines",
}


def refused_places(body: object) -> Mapping[str, tuple[str, ...]]:
    """Sort the sentences of a refused invoice by the field that they are about; what is about none is left out.

    https://developer.xero.com/documentation/api/accounting/responsecodes (ValidationErrors)
    """
    places: dict[str, list[str]] = {}
    for place, sentence in _found(body):
        places.setdefault(place, []).append(sentence)
    return {place: tidy_messages(sentences) for place, sentences in places.items()}


def _found(body: object) -> Iterator[tuple[str, str]]:
    element = dict_of(body[0]) if isinstance(body, list) and body else {}
    lines = element.get("LineItems")
    in_lines = set()
    for at, line in enumerate(lines if isinstance(lines, list) else []):
        for sentence in _sentences(line):
            in_lines.add(sentence)
            yield f"lines.{at}.{_named(sentence, _IN_LINES) or 'description'}", sentence
    for sentence in _sentences(element.get("Contact")):
        yield "contact_id", sentence
    for sentence in _sentences(element):
        # What is said of a line may stand at the top as well.
        place = _named(sentence, _IN_HEAD)
        if place and sentence not in in_lines:
            yield place, sentence


def _named(sentence: str, fields: Mapping[str, str]) -> str:
    lower = sentence.lower()
    return next((field for words, field in fields.items() if words in lower), "")


def _sentences(part: object) -> Iterator[str]:
    errors = dict_of(part).get("ValidationErrors")
    for error in errors if isinstance(errors, list) else []:
        message = dict_of(error).get("Message")
        if isinstance(message, str):
            yield message
