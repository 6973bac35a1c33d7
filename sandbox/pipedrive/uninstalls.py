"""The DELETE that tells an app that a user has uninstalled it: sent once, the answer is ignored."""

import base64
import json
import threading
from datetime import UTC, datetime

import urllib3

from sandbox.control import Control
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.pipedrive.developer_hub import RegisteredApp

TIMEOUT_SECONDS = 10.0


class Uninstalls:
    """Sends uninstall callbacks, wrongly where a delivery fault says so."""

    def __init__(self, *, config: PipedriveConfig, app: RegisteredApp, control: Control) -> None:
        """Remember where to send to."""
        self._config = config
        self._url = config.app_url.rstrip("/") + app.callback_path
        self._control = control
        self._moved = threading.Condition()
        control.clock.on_advance(self._wake)

    def send(self, *, company_id: int, user_id: int) -> None:
        """Tell the app, without waiting for it."""
        now = self._control.clock.timestamp()
        # https://pipedrive.readme.io/docs/app-uninstallation names the keys; the format of the time is not documented.
        content = {
            "client_id": self._config.client_id,
            "company_id": company_id,
            "user_id": user_id,
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        fault = self._control.take_delivery_fault(self._url)
        do = fault.do if fault else ""
        if do == "never":
            return
        due = now + (fault.seconds if fault and do in ("late", "reorder") else 0)
        times = 2 if do == "duplicate" else 1
        threading.Thread(target=self._deliver, args=(json.dumps(content).encode(), due, times), daemon=True).start()

    def _deliver(self, body: bytes, due: float, times: int) -> None:
        with self._moved:
            while (nap := due - self._control.clock.timestamp()) > 0:
                self._moved.wait(nap)
        for _ in range(times):
            self._delete(body)

    def _delete(self, body: bytes) -> None:
        pair = f"{self._config.client_id}:{self._config.client_secret}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/json",
        }
        try:
            urllib3.request(
                "DELETE", self._url, body=body, headers=headers, redirect=False, retries=False,
                timeout=urllib3.Timeout(total=TIMEOUT_SECONDS),
            )  # fmt: skip
        except urllib3.exceptions.HTTPError:
            return

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()
