"""Who may come in. Every blueprint says so, public ones included; a test walks the routes."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import StrEnum
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from marketplace.schemas import DealQuerySchema, FrameQuerySchema
from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person, identify, person_of, require_deal
from sync.operations.tickets import SetupHolder, redeem_setup_ticket


class Access(StrEnum):
    """How a request proves who it is."""

    PUBLIC = "anybody"
    STATE = "a one-time key in the address, which the operation redeems"
    VENDOR = "Pipedrive, by our client id and secret"
    SESSION = "a person at the top level, by a cookie that a one-time ticket gave"
    ADDRESS = "a person in a frame, by Pipedrive's token in the address"
    ADDRESS_AND_DEAL = "the same, who may see the deal"
    BEARER = "a person in a frame, by Pipedrive's token in the Authorization header"
    BEARER_AND_DEAL = "the same, who may see the deal, too"


class Surface(StrEnum):
    """What a blueprint's answers are: decides framing, and what a failure looks like."""

    PAGE = "a page at the top level"
    REDIRECT = "never a page of its own"
    FRAME = "a page inside Pipedrive"
    FRAGMENT = "a part of a page inside Pipedrive"
    DATA = "JSON for a page inside Pipedrive"
    MACHINE = "nobody reads it"


class GuardedBlueprint(Blueprint):
    """A blueprint that cannot be made without saying who may use it and what it shows."""

    def __init__(self, name: str, *, access: Access, surface: Surface) -> None:
        super().__init__(name, __name__)
        self.access = access
        self.surface = surface
        self.before_request(_GUARDS[access])


def core() -> Core:
    """Find the core that `register` was given."""
    found: Core = current_app.extensions["instep"]
    return found


def person() -> Person:
    """Name the person whom the guard let in."""
    found: Person = g.person
    return found


def deal_id() -> int:
    """Name the deal that the guard checked."""
    found: int = g.deal_id
    return found


def surface() -> Surface:
    """Say what the blueprint in charge of this request shows; a path of nobody's is a page, the rest is for machines."""
    if request.blueprint is None:
        return Surface.PAGE
    blueprint = current_app.blueprints[request.blueprint]
    return blueprint.surface if isinstance(blueprint, GuardedBlueprint) else Surface.MACHINE


def hold(invited: SetupHolder) -> None:
    """Let this browser go on at the top level as the one who was invited."""
    session["holder"] = asdict(invited)
    session.permanent = True


def is_held() -> bool:
    """Say whether this browser goes on as anybody at the top level."""
    return "holder" in session


def holder() -> SetupHolder:
    """Say as whom this browser goes on at the top level.

    :raises Anticipated: LINK_EXPIRED when it never came, or too long ago.
    """
    if not is_held():
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    return SetupHolder(**session["holder"])


def _admit_anybody() -> None:
    """Let everybody in; the routes behind this hold nothing private or redeem a one-time state themselves."""


def _admit_vendor() -> ResponseReturnValue | None:
    settings = core().settings
    given = request.authorization
    if given is None or given.type != "basic":
        return "", 401
    pairs = ((given.username, settings.pipedrive_client_id), (given.password, settings.pipedrive_client_secret))
    matches = [hmac.compare_digest((said or "").encode(), expected.encode()) for said, expected in pairs]
    return None if all(matches) else ("", 401)


def _admit_session() -> ResponseReturnValue | None:
    ticket = request.args.get("ticket")
    if ticket and request.method == "GET":
        invited = redeem_setup_ticket(core(), ticket=ticket)
        session.clear()
        hold(invited)
        return redirect(request.path)
    if request.method == "POST" and not _is_own_page():
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    g.person = person_of(core(), company_id=holder().company_id, user_id=holder().user_id)
    return None


def _is_own_page() -> bool:
    """Say whether a form came from our own pages.

    The cookie is SameSite=Lax; on top of it the algorithm of Go's CrossOriginProtection, which needs no token in the page:
    https://pkg.go.dev/net/http#CrossOriginProtection
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin == _origin(core().settings.base_url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _admit_url_token() -> None:
    g.person = identify(core(), token=request.args.get("token", ""))


def _admit_url_token_and_deal() -> None:
    _admit_url_token()
    _admit_to_deal(FrameQuerySchema().load(request.args).deal_id)


def _admit_bearer() -> None:
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    g.person = identify(core(), token=token or "")


def _admit_bearer_and_deal() -> None:
    _admit_bearer()
    try:
        query = DealQuerySchema().load(request.args)
    except ValidationError as err:
        raise Anticipated(ErrorCode.INPUT_INVALID) from err
    _admit_to_deal(query.deal)


def _admit_to_deal(deal: int | None) -> None:
    if deal is None:
        raise Anticipated(ErrorCode.INPUT_INVALID)
    require_deal(core(), person=person(), deal_id=deal)
    g.deal_id = deal


_GUARDS: Mapping[Access, Callable[[], ResponseReturnValue | None]] = {
    Access.PUBLIC: _admit_anybody,
    Access.STATE: _admit_anybody,
    Access.VENDOR: _admit_vendor,
    Access.SESSION: _admit_session,
    Access.ADDRESS: _admit_url_token,
    Access.ADDRESS_AND_DEAL: _admit_url_token_and_deal,
    Access.BEARER: _admit_bearer,
    Access.BEARER_AND_DEAL: _admit_bearer_and_deal,
}
