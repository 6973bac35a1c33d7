from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync.domain.timezones import local_day, zone_name

# `components.schemas.TimeZone` of the vendor's OpenAPI file, v16.1.0.
NAMES = (Path(__file__).parent / "xero_timezones.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_xero_documents_is_a_zone(name: str) -> None:
    zone = zone_name(xero_name=name)

    assert ZoneInfo(zone).key == zone
    assert zone != "Etc/UTC" or name == "UTC"


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("NEWZEALANDSTANDARDTIME", "Pacific/Auckland"),
        ("ROMANCESTANDARDTIME", "Europe/Paris"),
        ("EAFRICASTANDARDTIME", "Africa/Nairobi"),
        ("CENTRALSTANDARDTIME(MEXICO)", "America/Mexico_City"),
        ("UTC+12", "Etc/GMT-12"),
        ("UTC11", "Etc/GMT+11"),
        ("NEWSTANDARDTIME", "Etc/UTC"),
        ("", "Etc/UTC"),
    ],
)
def test_a_name_and_its_zone(name: str, zone: str) -> None:
    assert zone_name(xero_name=name) == zone


def test_the_day_is_the_organisations_own() -> None:
    evening = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)

    assert local_day(now=evening, xero_name="NEWZEALANDSTANDARDTIME") == date(2026, 11, 23)
    assert local_day(now=evening, xero_name="ROMANCESTANDARDTIME") == date(2026, 11, 22)
