"""What a Pipedrive webhook says has become of a deal."""

from dataclasses import dataclass
from enum import StrEnum


class DealAction(StrEnum):
    """The verbs of webhooks v2."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True)
class DealNotice:
    """A webhook's body as far as it matters; `changed` names the fields that `previous` holds."""

    action: DealAction
    deal_id: int
    title: str | None = None
    owner_id: int | None = None
    currency: str | None = None
    changed: frozenset[str] = frozenset()
    merged_to_id: int | None = None
    merged_from_id: int | None = None


@dataclass(frozen=True)
class DealRenamed:
    """The deal has another title."""

    deal_id: int
    title: str


@dataclass(frozen=True)
class DealReowned:
    """The deal has another owner."""

    deal_id: int
    owner_id: int


@dataclass(frozen=True)
class DealCurrencyChanged:
    """The deal's sums have to be made again, in another currency."""

    deal_id: int
    currency: str


@dataclass(frozen=True)
class DealMerged:
    """The deal lives on in another, which takes over its invoices."""

    deal_id: int
    into_deal_id: int


@dataclass(frozen=True)
class DealDeleted:
    """The deal is said to be deleted: a hint, to be confirmed by its `is_deleted`."""

    deal_id: int


DealEvent = DealRenamed | DealReowned | DealCurrencyChanged | DealMerged | DealDeleted


def deal_events(*, notice: DealNotice) -> tuple[DealEvent, ...]:
    """Read what happened out of a notice; nothing that concerns invoices gives an empty tuple.

    A merge arrives twice, as a deletion and as a change of the survivor; both say the same.
    """
    if notice.action is DealAction.DELETE:
        if notice.merged_to_id is not None:
            return (DealMerged(deal_id=notice.deal_id, into_deal_id=notice.merged_to_id),)
        return (DealDeleted(deal_id=notice.deal_id),)
    if notice.action is DealAction.CREATE:
        return ()
    events: list[DealEvent] = []
    if notice.merged_from_id is not None:
        events.append(DealMerged(deal_id=notice.merged_from_id, into_deal_id=notice.deal_id))
    if "title" in notice.changed and notice.title is not None:
        events.append(DealRenamed(deal_id=notice.deal_id, title=notice.title))
    if "owner_id" in notice.changed and notice.owner_id is not None:
        events.append(DealReowned(deal_id=notice.deal_id, owner_id=notice.owner_id))
    if "currency" in notice.changed and notice.currency is not None:
        events.append(DealCurrencyChanged(deal_id=notice.deal_id, currency=notice.currency))
    return tuple(events)
