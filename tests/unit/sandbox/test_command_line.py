"""One vendor alone, as a process."""

import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from sandbox.probe import answers
from tests.support.stack import free_base_port
from tests.support.waiting import wait_until


def start(vendor: str, port: int) -> "subprocess.Popen[str]":
    names = {f"{vendor.upper()}_CLIENT_ID": "an id", f"{vendor.upper()}_CLIENT_SECRET": "a secret"}
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "sandbox", vendor, "--port", str(port), "--webhook-url", "http://127.0.0.1:9/hook"],
        env={**os.environ, **names},  # noqa: TID251 - what a process is given
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_a_vendor_alone_hands_out_tokens_for_the_client_in_the_environment(vendor: str) -> None:
    port = free_base_port()
    with start(vendor, port) as process:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/control/health"), seconds=20, what=f"{vendor} answers")
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("POST", "/control/tokens", "{}")
                tokens = json.load(connection.getresponse())
        finally:
            process.terminate()

    assert (tokens["client_id"], tokens["client_secret"]) == ("an id", "a secret")
    assert {"access_token", "refresh_token", "expires_in", "token_type", "scope"} <= set(tokens)


def test_a_taken_port_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with start("xero", port) as process:
            _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert errors == f"In use by another program: port {port}. Choose another with --port.\n"
