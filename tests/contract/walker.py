"""Calls a simulator's routes directly, as the vendor documents them."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.contract.stands import Stand


@dataclass
class Walker:
    """Holds one token."""

    stand: Stand
    headers: dict[str, str]
    session: requests.Session = field(default_factory=requests.Session)

    def __call__(
        self, method: str, path: str, json: Any = None, *, status: int = 200, wrong: bool = False, **headers: str
    ) -> Any:
        """Send a call that is to be answered with `status`, a `wrong` one to hear how it is refused."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        with self.stand.recorder.meant_wrong() if wrong else nullcontext():
            answer = self.session.request(method, self.stand.url + path, json=json, headers=sent, timeout=30)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        kind = answer.headers.get("Content-Type", "")
        return answer.json() if kind.startswith("application/json") else answer.text

    def wrong(self, method: str, path: str, json: Any = None, *, status: int, **headers: str) -> Any:
        """Send a call that must be refused."""
        return self(method, path, json, status=status, wrong=True, **headers)
