"""Who sends a Pipedrive delivery: the subscription whose address and credentials it uses."""

import hashlib
import hmac

from sync.core import Core
from sync.store.company import PipedriveWebhook


def find_subscriber(core: Core, *, key: str, username: str, password: str) -> int | None:
    """Find the company whose subscription this is; None where address, user or password are wrong."""
    with core.database.reading() as session:
        # PostgreSQL refuses a NUL even in a question.
        row = session.get(PipedriveWebhook, key) if key.isprintable() else None
    given = hashlib.sha256(password.encode()).hexdigest()
    # Compared in any case, so that an unknown address takes as long as a wrong password.
    right_user = hmac.compare_digest(username.encode(), (row.username if row else "").encode())
    right_password = hmac.compare_digest(given, row.password_hash if row else "")
    return row.company_id if row is not None and right_user and right_password else None
