"""What a Xero on this machine has to be told: what an app's owner would type into Xero's developer portal."""

from dataclasses import dataclass

#: What the app is called in the developer portal.
APP_NAME = "Instep"


@dataclass(frozen=True)
class XeroConfig:
    """This will carry the address of the simulator and the one app that is registered with it."""

    port: int
    base_url: str
    redirect_urls: tuple[str, ...]
    webhook_url: str | None
    client_id: str
    client_secret: str
    webhook_key: str
