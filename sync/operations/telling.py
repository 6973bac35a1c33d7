"""Log lines from which one invoice's whole story can be read: ids and words of ours only, no names, amounts or bodies."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from sqlalchemy.orm import Session

from sync.store.database import once_kept
from sync.store.inbox import Event
from sync.store.invoices import Intent

_IN_A_LINE = 40

log = structlog.get_logger()


def tell(session: Session, what: str, ids: Mapping[str, object]) -> None:
    """Log something once it is kept; what is rolled back has not happened. Ids that are not known are left out."""
    known = {name: value for name, value in ids.items() if value not in (None, "", [])}
    once_kept(session, lambda: log.info(what, **known))


def tell_set_aside(session: Session, event: Event) -> None:
    """Log that an event was given up after its tries."""
    subject = "invoice_id" if event.source == "xero" else "deal_id"
    ids = {"event_id": event.event_id, "tenant_id": event.tenant, subject: event.resource_id}
    tell(session, "event_set_aside", {"source": event.source, **ids, "tries": event.tries})


def some_ids(events: Iterable[Event]) -> list[str]:
    """Name what some events are about, as far as there is room in a line: a sweep has thousands in hand."""
    return list(dict.fromkeys(event.resource_id for event in events))[:_IN_A_LINE]


def ids_of(intent: Intent) -> dict[str, object]:
    """Name an intent and all that it is about."""
    ids = {
        "intent_id": intent.intent_id,
        "kind": intent.kind,
        "company_id": intent.company_id,
        "organisation_id": intent.organisation_id,
        "deal_id": intent.deal_id,
        "invoice_id": intent.invoice_id,
        "rule": intent.rule,
    }
    return {name: value for name, value in ids.items() if value}


@contextmanager
def about(intent: Intent) -> Iterator[None]:
    """Have every line meanwhile say which intent it is about, those of the calls to Xero as well."""
    with structlog.contextvars.bound_contextvars(**ids_of(intent)):
        yield
