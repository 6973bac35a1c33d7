"""What Instep declares to Pipedrive and Xero: the TOML files beside this module, read once as frozen dataclasses."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Scope:
    """A permission that we ask for, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Extension:
    """A page of ours inside Pipedrive."""

    kind: str
    identifier: str
    name: str
    description: str
    path: str
    locations: tuple[str, ...]


@dataclass(frozen=True)
class WebhookSubscription:
    """An event of Pipedrive's that we want to hear."""

    action: str
    object: str
    reason: str


@dataclass(frozen=True)
class DealFieldSpec:
    """A custom field that we create on deals; `slot` is our own name for it."""

    slot: str
    name: str
    type: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class PipedriveManifest:
    """Our side of Developer Hub."""

    name: str
    callback_path: str
    installation_path: str
    scopes: tuple[Scope, ...]
    extensions: tuple[Extension, ...]
    webhooks: tuple[WebhookSubscription, ...]
    deal_fields: tuple[DealFieldSpec, ...]


@dataclass(frozen=True)
class XeroManifest:
    """Our side of Xero's developer portal."""

    name: str
    redirect_path: str
    webhook_path: str
    webhook_categories: tuple[str, ...]
    scopes: tuple[Scope, ...]


@cache
def pipedrive() -> PipedriveManifest:
    """Read `pipedrive.toml`."""
    data = tomllib.loads(files("manifests").joinpath("pipedrive.toml").read_text(encoding="utf-8"))
    return PipedriveManifest(
        name=data["name"],
        callback_path=data["callback_path"],
        installation_path=data["installation_path"],
        scopes=tuple(Scope(**scope) for scope in data["scopes"]),
        extensions=tuple(Extension(**row | {"locations": tuple(row["locations"])}) for row in data["extensions"]),
        webhooks=tuple(WebhookSubscription(**row) for row in data["webhooks"]),
        deal_fields=tuple(
            DealFieldSpec(**row | {"options": tuple(row.get("options", ()))}) for row in data["deal_fields"]
        ),
    )


@cache
def xero() -> XeroManifest:
    """Read `xero.toml`."""
    data = tomllib.loads(files("manifests").joinpath("xero.toml").read_text(encoding="utf-8"))
    return XeroManifest(
        name=data["name"],
        redirect_path=data["redirect_path"],
        webhook_path=data["webhook_path"],
        webhook_categories=tuple(data["webhook_categories"]),
        scopes=tuple(Scope(**scope) for scope in data["scopes"]),
    )
