"""What a page says about a failure: what happened, and the one next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class Step(StrEnum):
    """What a person can do about it."""

    RETRY = "retry"
    RELOAD = "reload"
    INSTALL = "install"
    CONNECT = "connect"
    RECONNECT = "reconnect"
    SETTINGS = "settings"
    CLOSE = "close"
    NONE = "none"


@dataclass(frozen=True)
class Guidance:
    """What a page says about a failure."""

    title: LazyString
    text: LazyString
    step: Step


STEP_LABELS: Mapping[Step, LazyString] = {
    Step.RETRY: _l("Try again"),
    Step.RELOAD: _l("Read Xero again"),
    Step.INSTALL: _l("Install Instep"),
    Step.CONNECT: _l("Connect Xero"),
    Step.RECONNECT: _l("Reconnect Xero"),
    Step.SETTINGS: _l("Open settings"),
    Step.CLOSE: _l("Close"),
}
