"""Custom UI extensions: signed tokens, and the address that a frame is opened with."""

import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

import jwt

from sandbox.pipedrive.desk import Desk
from sandbox.pipedrive.developer_hub import Extension
from sandbox.pipedrive.people import User

# https://pipedrive.readme.io/docs/custom-ui-extensions
TOKEN_SECONDS = 5 * 60


@dataclass(frozen=True)
class Frame:
    """One frame that the page shows: the runtime id is the one that the SDK sends back."""

    id: str
    kind: str
    name: str
    url: str


def signed_token(desk: Desk, user: User) -> str:
    """Sign a token for the user: HS256, five minutes, no deal in it."""
    now = int(desk.world.clock.timestamp())
    claims = {"userId": user.id, "companyId": desk.world.company.id, "iat": now, "exp": now + TOKEN_SECONDS}
    return jwt.encode(claims, desk.config.jwt_secret, algorithm="HS256")


def open_frame(
    desk: Desk,
    extension: Extension,
    *,
    user: User,
    theme: str,
    deal_id: int | None = None,
    data: dict[str, str] | None = None,
) -> Frame:
    """Build the address of a frame as Pipedrive requests it."""
    frame_id = secrets.token_hex(16)
    query: dict[str, str | int] = {
        "userId": user.id,
        "companyId": desk.world.company.id,
        "token": signed_token(desk, user),
        "id": frame_id,
    }
    if deal_id is not None:
        query |= {"resource": "deal", "view": "details", "selectedIds": str(deal_id)}
    query["theme"] = theme
    if data is not None:
        query["data"] = json.dumps(data, ensure_ascii=False)
    url = f"{desk.config.app_url.rstrip('/')}{extension.path}?{urlencode(query)}"
    return Frame(id=frame_id, kind=extension.kind, name=extension.name, url=url)
