"""A Pipedrive user installs the app."""

from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead
from sync.clients.oauth import Tokens
from sync.clients.pipedrive.client import PipedriveClient
from sync.clients.pipedrive.oauth import check_api_domain
from sync.clients.pipedrive.payer import NOT_KNOWN_YET
from sync.connections.keeper import seal_tokens
from sync.connections.pipedrive import KnownToken, elect_acting
from sync.core import Core
from sync.domain.crm import CrmUser
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.tickets import Purpose, SetupHolder, TicketHolder, issue, redeem
from sync.store.company import Company, Installation


def begin_install(core: Core, *, browser: str) -> str:
    """Start an installation in this browser; gives Pipedrive's consent page.

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """
    state = issue(core, purpose=Purpose.INSTALL, holder=TicketHolder(), browser=browser)
    return core.pipedrive_oauth.authorize_url(state=state)


def decline_install(core: Core, *, state: str, browser: str) -> None:
    """Use up the state of a consent that was declined.

    :raises Anticipated: LINK_EXPIRED.
    """
    redeem(core, purpose=Purpose.INSTALL, key=state, browser=browser)


def finish_install(core: Core, *, code: str, state: str, browser: str) -> SetupHolder:
    """Turn an authorisation code into an installation; installing again renews what is there.

    :raises Anticipated: LINK_EXPIRED when the state or the code is no good.
    :raises Transient: when Pipedrive cannot be reached; the person starts again.
    """
    redeem(core, purpose=Purpose.INSTALL, key=state, browser=browser)
    try:
        tokens = core.pipedrive_oauth.exchange(code=code)
    except GrantDead as err:
        raise Anticipated(ErrorCode.LINK_EXPIRED) from err
    api_domain = check_api_domain(api_domain=tokens.api_domain, oauth_url=core.settings.pipedrive_oauth_url)
    client = PipedriveClient(
        api_domain=api_domain,
        user=NOT_KNOWN_YET,
        tokens=KnownToken(tokens.access_token.reveal()),
        transport=core.transport,
        governor=core.governor,
    )
    user = client.me()
    with core.database.writing() as session:
        company = _keep_company(core, session, user=user, api_domain=api_domain)
        _keep_installation(core, session, user=user, tokens=tokens)
        session.flush()
        elect_acting(session, company=company, now=core.now())
        # Pipedrive probes the subscription's address, so a worker registers it once all of this is committed (D27).
        company.tend_due_at = core.now()
        company.tend_tries = 0
        audit.record(session, at=core.now(), company_id=user.company_id, user_id=user.user_id, verb="install")
    core.waker.wake()
    return SetupHolder(company_id=user.company_id, user_id=user.user_id, deal_id=None)


def _keep_company(core: Core, session: Session, *, user: CrmUser, api_domain: str) -> Company:
    company = session.get(Company, user.company_id, with_for_update=True)
    if company is None:
        company = Company(company_id=user.company_id, created_at=core.now(), preferences={})
        session.add(company)
    company.name = user.company_name
    company.default_currency = user.default_currency
    company.api_domain = api_domain
    company.ended_at = None
    return company


def _keep_installation(core: Core, session: Session, *, user: CrmUser, tokens: Tokens) -> None:
    row = session.get(Installation, (user.company_id, user.user_id))
    if row is None:
        row = Installation(company_id=user.company_id, user_id=user.user_id)
        session.add(row)
    row.user_name = user.name
    row.email = user.email
    row.is_admin = user.is_admin
    row.language = user.language_code
    row.locale = user.locale
    row.scope = tokens.scope
    row.installed_at = core.now()
    row.ended_at = None
    seal_tokens(core, row=row, tokens=tokens)
