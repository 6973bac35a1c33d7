"""What the app's maker typed into Developer Hub, read from the manifest file as plain data."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Extension:
    """One custom UI extension: a panel, a modal or the settings page."""

    kind: str
    identifier: str
    name: str
    description: str
    path: str
    locations: tuple[str, ...]


@dataclass(frozen=True)
class RegisteredApp:
    """One app of the Marketplace."""

    name: str
    callback_path: str
    installation_path: str
    scopes: tuple[str, ...]
    scope_reasons: tuple[tuple[str, str], ...]
    extensions: tuple[Extension, ...]

    def find_extension(self, *, kind: str, action_id: str) -> Extension | None:
        """Find an extension by its identifier or its name, as `open_modal` does."""
        for extension in self.extensions:
            if extension.kind == kind and action_id in (extension.identifier, extension.name):
                return extension
        return None

    def of_kind(self, kind: str, *, location: str | None = None) -> tuple[Extension, ...]:
        """List the extensions of one kind, where a location is given only those shown there."""
        return tuple(
            extension
            for extension in self.extensions
            if extension.kind == kind and (location is None or location in extension.locations)
        )


def read_registration(path: Path) -> RegisteredApp:
    """Read the manifest file."""
    typed = tomllib.loads(path.read_text(encoding="utf-8"))
    return RegisteredApp(
        name=typed["name"],
        callback_path=typed["callback_path"],
        installation_path=typed["installation_path"],
        scopes=tuple(scope["name"] for scope in typed["scopes"]),
        scope_reasons=tuple((scope["name"], scope["reason"]) for scope in typed["scopes"]),
        extensions=tuple(
            Extension(
                kind=extension["kind"],
                identifier=extension["identifier"],
                name=extension["name"],
                description=extension["description"],
                path=extension["path"],
                locations=tuple(extension["locations"]),
            )
            for extension in typed["extensions"]
        ),
    )
