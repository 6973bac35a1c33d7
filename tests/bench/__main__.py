"""Run the benchmarks, each against a stack of its own, and print what they measured."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.burst import measure_burst
from tests.bench.calls import measure_calls
from tests.bench.figures import Figure, show, write
from tests.bench.ingest import measure_ingest
from tests.bench.latency import measure_latency
from tests.bench.memory import measure_memory
from tests.bench.pages import measure_pages
from tests.bench.refresh import measure_refresh

PARTS: dict[str, Callable[[], list[Figure]]] = {
    "pages": measure_pages,
    "calls": measure_calls,
    "latency": measure_latency,
    "ingest": measure_ingest,
    "refresh": measure_refresh,
    "burst": measure_burst,
    "memory": measure_memory,
}


def main() -> int:
    """Measure; with `--check` exit 1 where a figure misses what the issue wants of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given again (default: all)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there, too")
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure misses")
    options = parser.parse_args()
    measured: dict[str, list[Figure]] = {}
    for name in options.only or PARTS:
        measured[name] = PARTS[name]()
        show(name, measured[name])
        if options.json:
            write(options.json, measured)
    missed = [one for figures in measured.values() for one in figures if not one.holds]
    print(f"\n{len(missed)} figures missed")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
