"""A deal and all that hangs on it in Pipedrive, as one person sees it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sync.clients.failures import Forbidden, GrantDead, NotFound, TokenExpired
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.domain.crm import CrmOrganization, Deal, DealDiscount, DealProduct
from sync.domain.crm import Person as CrmPerson
from sync.domain.notes import Note, NoteCode
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person
from sync.operations.meanwhile import ask_meanwhile

T = TypeVar("T")


@dataclass(frozen=True)
class DealSource:
    """What an invoice is made of."""

    deal: Deal
    products: tuple[DealProduct, ...]
    discounts: tuple[DealDiscount, ...]
    person: CrmPerson | None
    organization: CrmOrganization | None
    has_installments: bool

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know of it, apart from its lines."""
        org_hidden = self.deal.org_id is not None and self.organization is None
        person_hidden = self.deal.org_id is None and self.deal.person_id is not None and self.person is None
        facts = {
            NoteCode.INSTALMENTS_LEFT_OUT: self.has_installments,
            NoteCode.CUSTOMER_HIDDEN: org_hidden or person_hidden,
        }
        return tuple(Note(code) for code, is_so in facts.items() if is_so)


def pull_deal_source(core: Core, *, person: Person, deal_id: int) -> DealSource:
    """Read the deal with this person's own rights: at most six calls, all at once, because the person is waiting.

    :raises Anticipated: INSTALL_LAPSED; DEAL_GONE, or NO_ACCESS_TO_DEAL, where it was lost since it was last asked about.
    :raises Transient: when Pipedrive cannot be asked.
    """
    try:
        source = _pull(client_for(core, company_id=person.company_id, user_id=person.user_id), deal_id=deal_id)
    except (GrantDead, TokenExpired) as err:
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err
    except NotFound as err:
        raise Anticipated(ErrorCode.DEAL_GONE) from err
    except Forbidden as err:
        raise Anticipated(ErrorCode.NO_ACCESS_TO_DEAL) from err
    if source.deal.is_deleted:
        # Pipedrive shows it for 30 days more.
        raise Anticipated(ErrorCode.DEAL_GONE)
    return source


def _pull(client: PipedriveClient, *, deal_id: int) -> DealSource:
    with ThreadPoolExecutor(max_workers=4) as pool:
        products = ask_meanwhile(pool=pool, ask=partial(client.get_deal_products, deal_id=deal_id))
        discounts = ask_meanwhile(pool=pool, ask=partial(client.get_deal_discounts, deal_id=deal_id))
        installments = ask_meanwhile(pool=pool, ask=partial(client.has_installments, deal_id=deal_id))
        deal = client.get_deal(deal_id=deal_id)
        person = None
        if deal.person_id is not None:
            person = ask_meanwhile(pool=pool, ask=partial(_seen, client.get_person, person_id=deal.person_id))
        org = None if deal.org_id is None else _seen(client.get_organization, org_id=deal.org_id)
        return DealSource(
            deal=deal,
            products=products.result(),
            discounts=discounts.result(),
            person=person.result() if person else None,
            organization=org,
            has_installments=installments.result(),
        )


def _seen(ask: Callable[..., T], **about: int) -> T | None:
    """Ask for somebody whom this person perhaps may not see, though they see the deal."""
    try:
        return ask(**about)
    except (Forbidden, NotFound):
        return None
