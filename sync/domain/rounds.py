"""When a tenant's next round is: each at a moment of its own, so that a thousand do not come due together."""

import zlib
from datetime import UTC, datetime, timedelta

_START = datetime(2026, 1, 1, tzinfo=UTC)


def next_round(*, key: object, after: datetime, every: timedelta) -> datetime:
    """Give the first of the key's rounds that comes after a moment.

    However long nobody was there to make them, and whoever comes back at the same moment: the rounds are spread again.
    """
    first = _START + every * (zlib.crc32(str(key).encode()) / 2**32)
    return first + every * ((after - first) // every + 1)
