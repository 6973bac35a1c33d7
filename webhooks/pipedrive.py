"""Pipedrive's receiver. https://pipedrive.readme.io/docs/guide-for-webhooks-v2"""

from flask import Blueprint, Response, request

from sync.core import Core
from sync.operations.inbox import accept_delivery
from sync.operations.subscriptions import find_subscriber
from sync.operations.tend_company import WEBHOOK_PATH
from webhooks.failures import empty


def make_blueprint(core: Core) -> Blueprint:
    """Make the receiver; the subscription's own user and password are its authentication, for there is no signature."""
    blueprint = Blueprint("webhooks_pipedrive", __name__)

    @blueprint.post(f"{WEBHOOK_PATH}<key>")
    def receive(key: str) -> Response:
        """Take a delivery of the subscription that this address belongs to."""
        given = request.authorization
        company_id = find_subscriber(
            core,
            key=key,
            username=(given.username or "") if given else "",
            password=(given.password or "") if given else "",
        )
        if company_id is None:
            return empty(401)
        accept_delivery(core, source="pipedrive", company_id=company_id, body=request.get_data(cache=False))
        return empty(200)

    return blueprint
