"""What the build may rely on, and where it must not tell where packages came from."""

import json
import re
from pathlib import Path

FRONTEND = Path(__file__).parents[3] / "marketplace" / "frontend"


def test_the_lock_file_names_hashes_and_no_registry() -> None:
    lock = (FRONTEND / "package-lock.json").read_text()
    packages = json.loads(lock)["packages"]

    assert "resolved" not in lock
    assert not re.search(r"https?://(?!opencollective|github|tidelift)", lock)
    assert all(package["integrity"].startswith("sha512-") for name, package in packages.items() if name)


def test_every_package_is_pinned() -> None:
    package = json.loads((FRONTEND / "package.json").read_text())

    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
