"""The parts of the simulator, handed to every group of routes."""

from dataclasses import dataclass

from flask import g

from sandbox.control import Clock, Control
from sandbox.xero.config import XeroConfig
from sandbox.xero.idempotency import Idempotency
from sandbox.xero.limits import Limits
from sandbox.xero.models import Organisation
from sandbox.xero.tokens import Access, Tokens
from sandbox.xero.values import Json
from sandbox.xero.webhooks import Subscription
from sandbox.xero.world import World


@dataclass(frozen=True)
class Services:
    """This will carry what routes work with."""

    config: XeroConfig
    clock: Clock
    control: Control
    world: World
    tokens: Tokens
    limits: Limits
    idempotency: Idempotency
    subscription: Subscription


@dataclass(frozen=True)
class Call:
    """This will say who makes the current call, to which organisation."""

    access: Access
    user: Json
    org: Organisation

    @property
    def user_name(self) -> str:
        """This will name the person as whom the app acts."""
        return f"{self.user['FirstName']} {self.user['LastName']}"


def current() -> Call:
    """This will give the call that the gate let in."""
    call: Call = g.xero_call
    return call
