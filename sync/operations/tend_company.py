"""Keep what we registered in a company's Pipedrive as it should be, webhooks and deal fields, and know its admins."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import delete, select

import manifests
from sync.clients.failures import GrantDead, NotFound, PlanLimit
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import acting_client, elect_acting
from sync.core import Core
from sync.domain.crm import WebhookSubscription
from sync.domain.secret import Secret
from sync.errors import InstepError
from sync.operations.admins import refresh_admins
from sync.operations.due import NOW, Due, is_free
from sync.operations.lease import hold_company
from sync.operations.outcome import Outcome
from sync.operations.tend_fields import ensure_fields
from sync.operations.turns import NOT_THEIRS
from sync.store.company import Company, PipedriveWebhook

log = structlog.get_logger()

WEBHOOK_PATH = "/webhooks/pipedrive/"
_LOOK_AGAIN = timedelta(days=1)
#: An hour, more or less.
_MOST_DOUBLINGS = 12


#: The companies whose registrations want looking after.
due_to_tend = Due(
    int,
    select(Company.company_id, Company.tend_due_at).where(
        Company.ended_at.is_(None), Company.tend_due_at <= NOW, is_free(Company)
    ),
)


def tend_company(core: Core, *, company_id: int) -> Outcome:
    """See that the acting user's webhooks and our deal fields are there, and make what is missing.

    Runs after an installation, when somebody else takes over, and daily: Pipedrive deletes a webhook that failed for
    three days, and people delete fields.
    """
    with hold_company(core, company_id=company_id) as held:
        return _tend(core, company_id=company_id) if held else Outcome.HELD


def _tend(core: Core, *, company_id: int) -> Outcome:
    with core.database.reading() as session:
        began = session.get_one(Company, company_id)
    try:
        client = acting_client(core, company_id=company_id)
        _ensure_webhooks(core, client, company_id=company_id)
        ensure_fields(core, client, company_id=company_id)
        refresh_admins(core, company_id=company_id)
    except GrantDead:
        return _replace_acting(core, began=began)
    except NOT_THEIRS:
        raise
    except Exception as err:
        known = isinstance(err, InstepError)
        log.warning("tend_put_off", company_id=company_id, reason=str(err), exc_info=not known)
        _set_due(core, began=began, failed=err)
        return Outcome.IGNORED
    _set_due(core, began=began, failed=None)
    core.waker.wake()
    return Outcome.DONE


def _ensure_webhooks(core: Core, client: PipedriveClient, *, company_id: int) -> None:
    """One subscription for each in the manifest, under the acting user; strays of ours are deleted first.

    Registering again without cleaning up would multiply every delivery (n8n-io/n8n#1018).
    """
    ours = core.settings.base_url + WEBHOOK_PATH
    registered = [one for one in client.list_webhooks() if one.subscription_url.startswith(ours)]
    with core.database.reading() as session:
        company = session.get_one(Company, company_id)
        stored = list(session.scalars(select(PipedriveWebhook).where(PipedriveWebhook.company_id == company_id)))
    good = _still_good(stored=stored, registered=registered, acting=company.acting_user_id)
    for stray in registered:
        if stray.webhook_id not in {one.webhook_id for one in good}:
            _delete_stray(client, webhook_id=stray.webhook_id)
    with core.database.writing() as session:
        session.execute(
            delete(PipedriveWebhook).where(
                PipedriveWebhook.company_id == company_id, PipedriveWebhook.key.not_in([one.key for one in good])
            )
        )
    have = {(one.action, one.entity) for one in good}
    for wanted in manifests.pipedrive().webhooks:
        if (wanted.action, wanted.object) not in have and company.acting_user_id is not None:
            try:
                _register(core, client, company_id=company_id, user_id=company.acting_user_id, wanted=wanted)
            except PlanLimit as err:
                # Status fields do without; tomorrow there may be room.
                log.warning("webhook_not_allowed", company_id=company_id, reason=str(err))


def _still_good(
    *, stored: Sequence[PipedriveWebhook], registered: Sequence[WebhookSubscription], acting: int | None
) -> list[PipedriveWebhook]:
    alive = {one.webhook_id for one in registered if one.is_active}
    return [one for one in stored if one.webhook_id in alive and one.user_id == acting]


def _delete_stray(client: PipedriveClient, *, webhook_id: int) -> None:
    try:
        client.delete_webhook(webhook_id=webhook_id)
    except NotFound:
        log.info("stray_webhook_gone", webhook_id=webhook_id)


def _register(
    core: Core, client: PipedriveClient, *, company_id: int, user_id: int, wanted: manifests.WebhookSubscription
) -> None:
    """Write the subscription down, then register it: Pipedrive asks the address whether it lives."""
    key, username, password = (secrets.token_urlsafe(24) for _ in range(3))
    with core.database.writing() as session:
        session.add(
            PipedriveWebhook(
                key=key,
                company_id=company_id,
                user_id=user_id,
                action=wanted.action,
                entity=wanted.object,
                username=username,
                password_hash=hashlib.sha256(password.encode()).hexdigest(),
            )
        )
    made = client.create_webhook(
        url=f"{core.settings.base_url}{WEBHOOK_PATH}{key}",
        action=wanted.action,
        entity=wanted.object,
        name=f"Instep: {wanted.object}",
        username=username,
        password=Secret(password),
    )
    with core.database.writing() as session:
        row = session.get_one(PipedriveWebhook, key)
        row.webhook_id = made.webhook_id
        row.registered_at = core.now()


def _replace_acting(core: Core, *, began: Company) -> Outcome:
    with core.database.writing() as session:
        company = session.get_one(Company, began.company_id, with_for_update=True)
        elect_acting(session, company=company, now=core.now())
        # Somebody else may have been elected while we worked, by an uninstall.
        changed = company.acting_user_id is not None and company.acting_user_id != began.acting_user_id
        company.tend_due_at = core.now() if changed else core.now() + _LOOK_AGAIN
    core.waker.wake()
    return Outcome.DONE if changed else Outcome.IGNORED


def _set_due(core: Core, *, began: Company, failed: Exception | None) -> None:
    """Plan the next look, unless one was asked for while we were at it."""
    with core.database.writing() as session:
        company = session.get_one(Company, began.company_id, with_for_update=True)
        if company.tend_due_at != began.tend_due_at:
            return
        if failed is None:
            company.tend_tries = 0
            company.tend_due_at = core.now() + _LOOK_AGAIN
            return
        company.tend_tries += 1
        wait = getattr(failed, "retry_after", None) or 2 ** min(company.tend_tries, _MOST_DOUBLINGS)
        company.tend_due_at = core.now() + timedelta(seconds=wait)
