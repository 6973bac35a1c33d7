"""The stages of a company's pipelines, kept with their age."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select

from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.domain.crm import Stage
from sync.errors import ErrorCode, InstepError
from sync.operations.company_fields import problem_of
from sync.operations.identity import Person
from sync.store.company import Company

log = structlog.get_logger()

_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Stages:
    """The stages as of the last look; `problem` is why Pipedrive could not be asked just now, or None."""

    known: tuple[Stage, ...]
    problem: ErrorCode | None = None


def get_stages(core: Core, *, person: Person) -> Stages:
    """Give the stages, read again with two calls where they are over ten minutes old and Pipedrive can be asked.

    :raises Anticipated: INSTALL_LAPSED.
    """
    with core.database.reading() as session:
        row = session.execute(
            select(Company.stages, Company.stages_at).where(Company.company_id == person.company_id)
        ).one()
    kept = tuple(Stage(**stage) for stage in row.stages or ())
    if row.stages_at is not None and core.now() - row.stages_at < _LASTS:
        return Stages(known=kept)
    try:
        known = client_for(core, company_id=person.company_id, user_id=person.user_id).list_stages()
    except InstepError as err:
        problem = problem_of(err)
        log.warning("stages_kept", company_id=person.company_id, reason=str(err))
        return Stages(known=kept, problem=problem)
    with core.database.writing() as session:
        company = session.get_one(Company, person.company_id)
        company.stages = [asdict(stage) for stage in known]
        company.stages_at = core.now()
    return Stages(known=known)
