"""Run a soak, and say what was broken and what was found."""

import argparse
import random
import sys
from statistics import median

from tests.soak.outage import outage
from tests.soak.run import Outcome, Size, soak


def main() -> int:
    """Kill, wipe and drop under load, then check; exit 1 on any finding."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--seed", type=int, help="repeats a soak's decisions (default: a new one)")
    parser.add_argument("--kills", type=int, default=Size.kills)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--outage", action="store_true", help="instead: a day's outage, then 50,000 events at once")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed  # noqa: S311 - no secret hangs on it
    print(f"seed {seed}, {options.database}", flush=True)
    if options.outage:
        findings = outage(database=options.database)
    else:
        outcome = soak(database=options.database, seed=seed, size=Size(kills=options.kills))
        _tell(outcome)
        findings = outcome.findings
    for finding in findings:
        print(f"FOUND: {finding}")
    print(f"{len(findings)} findings")
    return 1 if findings else 0


def _tell(outcome: Outcome) -> None:
    for name, number in sorted(outcome.happened.items()):
        print(f"  {number:5} times {name}")
    print(f"  {outcome.orders:5} invoices asked for by people, {outcome.writes} writes to deals")
    if outcome.went_on:
        slowest = max(outcome.went_on)
        print(
            f"  killed workers' tenants went on after {median(outcome.went_on):.1f} s (median), {slowest:.1f} s (most)"
        )


if __name__ == "__main__":
    sys.exit(main())
