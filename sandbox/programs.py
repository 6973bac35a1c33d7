"""The processes of the sandbox, as a table."""

import sys
from collections.abc import Mapping

from sandbox.environment import Addresses
from sandbox.supervisor import Program
from sandbox.valkey import Valkey

_WEB = ("-m", "app", "web", "--processes", "1", "--grace", "1")


def table(*, addresses: Addresses, env: Mapping[str, str], valkey: Valkey | None, workers: int = 1) -> list[Program]:
    """This will list every process with its environment; without `valkey` somebody else's Redis is used."""
    redis = [Program("valkey", valkey.command, probe=valkey.url, kind="base")] if valkey else []
    return [*redis, *_vendors(addresses, env), *_app(addresses, env, workers=workers)]


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def _vendors(addresses: Addresses, env: Mapping[str, str]) -> list[Program]:
    pipedrive = _python("-m", "sandbox", "pipedrive", "--port", str(addresses.base_port + 1))
    xero = _python("-m", "sandbox", "xero", "--port", str(addresses.base_port + 2))
    return [
        Program(
            "pipedrive",
            (*pipedrive, "--app-url", addresses.app),
            env,
            probe=f"{addresses.pipedrive}/control/health",
            kind="base",
        ),
        Program(
            "xero",
            (
                *xero,
                "--redirect-url",
                f"{addresses.app}/xero/callback",
                "--webhook-url",
                f"{addresses.app}/webhooks/xero",
            ),
            env,
            probe=f"{addresses.xero}/control/health",
            kind="base",
        ),
    ]


def _app(addresses: Addresses, env: Mapping[str, str], *, workers: int) -> list[Program]:
    worker = _python("-m", "app", "worker")
    web = _python(*_WEB, "--port", str(addresses.base_port))
    return [
        Program("migrate", _python("-m", "app", "migrate"), env, once=True),
        # Loads while the migration runs, which saves a second or two; it opens no connection before its first request.
        Program("web", web, env, probe=f"{addresses.app}/healthz", asked_after=("migrate",)),
        # Nobody waits for these two, so they leave the processors to the first page.
        *(
            Program(f"worker-{number}" if number > 1 else "worker", worker, env, after=("migrate", "web"))
            for number in range(1, workers + 1)
        ),
        Program("clock", _python("-m", "app", "clock"), env, after=("migrate", "web")),
    ]
