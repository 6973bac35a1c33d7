"""Xero's receiver. https://developer.xero.com/documentation/guides/webhooks/configuring-your-server"""

import base64
import hashlib
import hmac

from flask import Blueprint, Response, request

import manifests
from sync.core import Core
from sync.operations.inbox import accept_delivery
from webhooks.failures import empty


def make_blueprint(core: Core) -> Blueprint:
    """Make the receiver; the signature is its authentication."""
    blueprint = Blueprint("webhooks_xero", __name__)

    @blueprint.post(manifests.xero().webhook_path)
    def receive() -> Response:
        """Take a delivery whose raw bytes are signed; anything else gets 401, which is also what Xero's own test wants."""
        body = request.get_data(cache=False)
        given = request.headers.get("x-xero-signature", "")
        if not is_signed(key=core.settings.xero_webhook_key, body=body, signature=given):
            return empty(401)
        accept_delivery(core, source="xero", company_id=0, body=body)
        return empty(200)

    return blueprint


def is_signed(*, key: str, body: bytes, signature: str) -> bool:
    """Check a signature over raw bytes, in constant time; the key is the portal's string as it stands, not decoded."""
    expected = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))
