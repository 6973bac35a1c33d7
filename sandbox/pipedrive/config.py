"""What this Pipedrive is told when it starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PipedriveConfig:
    """Where we listen, where the app lives, and what was typed into Developer Hub."""

    port: int
    base_url: str
    app_url: str
    manifest: Path
    client_id: str
    client_secret: str
    jwt_secret: str
