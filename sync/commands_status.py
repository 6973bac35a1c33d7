"""`python -m app status`: what is parked, failing or behind, for one company or for all."""

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime

from sync.core import Core
from sync.domain.troubles import Case, Trouble
from sync.operations.company_standing import CompanyTroubles, troubles_of_companies


def add_options(parser: argparse.ArgumentParser) -> None:
    """Name what an operator may choose."""
    parser.add_argument("company", type=int, nargs="?", help="only this company, with the deals that it is about")


def run(core: Core, options: argparse.Namespace) -> int:
    """Say how it stands; gives the exit status, 1 where the company is not known."""
    found = troubles_of_companies(core, company_id=options.company)
    if options.company is not None and not found:
        sys.stderr.write(f"There is no company {options.company}.\n")
        return 1
    for company in found:
        sys.stdout.writelines(f"{line}\n" for line in _lines(company, with_cases=options.company is not None))
    return 0


def _lines(company: CompanyTroubles, *, with_cases: bool) -> Iterator[str]:
    yield f"company {company.company_id}: {len(company.troubles) or 'no'} troubles"
    for trouble in company.troubles:
        yield f"  {_trouble(trouble)}"
        yield from (f"    {_case(case)}" for case in trouble.cases if with_cases)


def _trouble(trouble: Trouble) -> str:
    parts = [
        trouble.kind.value,
        f"{trouble.count} of them" if trouble.count else "",
        _moment("since", trouble.since),
        _moment("until", trouble.until),
        "being tried" if trouble.is_tried else "",
    ]
    return ", ".join(part for part in parts if part)


def _case(case: Case) -> str:
    parts = [f"deal {case.deal_id}", case.number, _moment("since", case.since), case.code or "", case.rule]
    return ", ".join(part for part in parts if part)


def _moment(word: str, moment: datetime | None) -> str:
    return f"{word} {moment.isoformat(timespec='seconds')}" if moment else ""
