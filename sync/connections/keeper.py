"""Token life: a token is refreshed once, by whoever claims the row, and kept before it is used."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead, Unavailable
from sync.clients.oauth import Tokens
from sync.core import Core
from sync.domain.secret import Secret
from sync.errors import ErrorCode

_EARLY = timedelta(seconds=60)
#: Longer than a refresh may take (connect and read time-outs together), so that a claim outlives its owner's call.
_CLAIM_LASTS = timedelta(seconds=40)
_LOOK_AGAIN_SECONDS = 0.1
#: Whoever makes many calls in a row reads the token once; one that has ended meanwhile is refused and renewed.
_READ_LASTS = timedelta(seconds=5)


class TokenRow(Protocol):
    """The columns that an installation and a grant have in common."""

    state: str
    access_token: str
    refresh_token: str
    expires_at: datetime
    refreshed_at: datetime
    refreshing_until: datetime | None


@dataclass(frozen=True)
class _Claim:
    """The right to refresh with this token; `until` is how the row says that the claim is ours."""

    refresh_with: Secret
    until: datetime


class TokenKeeper:
    """Hands out a working access token for one row, refreshing it when it must; a `TokenSource`."""

    def __init__(
        self,
        core: Core,
        *,
        find: Callable[[Session], TokenRow | None],
        refresh: Callable[[Secret], Tokens],
        busy: ErrorCode,
        stored: Callable[[Session, Tokens], None] = lambda _session, _tokens: None,
    ) -> None:
        self._core = core
        self._find = find
        self._refresh = refresh
        self._busy = busy
        #: What else a token answer tells; it comes once the tokens are safe, in a transaction of its own.
        self._stored = stored
        #: The token that was read a moment ago, and until when it need not be read again.
        self._read: tuple[str, datetime] | None = None

    def current(self) -> str:
        """Give an access token that is good for another minute.

        :raises GrantDead: when the person must consent again.
        """
        now, read = self._core.now(), self._read
        if read is not None and now < read[1]:
            return read[0]
        with self._core.database.reading() as session:
            row = _live(self._find(session))
            token = self._core.vault.open(row.access_token).reveal()
            if row.expires_at - now > _EARLY:
                self._read = token, min(now + _READ_LASTS, row.expires_at - _EARLY)
                return token
        return self.renewed(stale=token)

    def renewed(self, *, stale: str) -> str:
        """Give another access token than `stale`; one caller refreshes, the others wait for it.

        :raises GrantDead: when the vendor refuses for good.
        :raises Unavailable: when another caller's refresh does not end.
        """
        self._read = None
        give_up_at = time.monotonic() + _CLAIM_LASTS.total_seconds()
        while time.monotonic() < give_up_at:
            found = None if self._is_claimed(stale) else self._claim(stale)
            if isinstance(found, _Claim):
                return self._renew(found)
            if found is not None:
                return found
            time.sleep(_LOOK_AGAIN_SECONDS)
        raise Unavailable(self._busy, retry_after=5)

    def refresh_now(self) -> None:
        """Refresh although the access token may be good, so that the refresh token stays alive.

        :raises GrantDead: when the vendor refuses for good.
        """
        with self._core.database.reading() as session:
            token = self._core.vault.open(_live(self._find(session)).access_token).reveal()
        self.renewed(stale=token)

    def _is_claimed(self, stale: str) -> bool:
        """Whether somebody else is refreshing: asked without the right to write, which many who wait would take from them."""
        with self._core.database.reading() as session:
            row = _live(self._find(session))
            is_same = self._core.vault.open(row.access_token).reveal() == stale
            return is_same and row.refreshing_until is not None and row.refreshing_until > self._core.now()

    def _claim(self, stale: str) -> _Claim | str | None:
        """Give a token that is good already, or the right to refresh; None while somebody else has that."""
        now = self._core.now()
        with self._core.database.writing() as session:
            row = _live(self._lock(session))
            token = self._core.vault.open(row.access_token).reveal()
            if token != stale and row.expires_at > now:
                return token
            if row.refreshing_until is not None and row.refreshing_until > now:
                return None
            row.refreshing_until = now + _CLAIM_LASTS
            return _Claim(refresh_with=self._core.vault.open(row.refresh_token), until=row.refreshing_until)

    def _renew(self, claim: _Claim) -> str:
        try:
            tokens = self._refresh(claim.refresh_with)
        except GrantDead:
            newer = self._lapse(claim)
            if newer is None:
                raise
            return newer
        except Exception:
            self._release(claim)
            raise
        newer = self._keep(claim, tokens)
        if newer is not None:
            return newer
        with self._core.database.writing() as session:
            self._stored(session, tokens)
        return tokens.access_token.reveal()

    def _keep(self, claim: _Claim, tokens: Tokens) -> str | None:
        """Store the tokens, unless somebody stored others in the meantime: then give the access token of those.

        A row that lapsed meanwhile lives again: its refresh token was refused to another because we had used it.
        """
        # Its own transaction: a rotated refresh token that is rolled back with something else is lost.
        with self._core.database.writing() as session:
            row = self._lock(session)
            if row is None or not self._holds(row, claim.refresh_with):
                return self._core.vault.open(_live(row).access_token).reveal()
            seal_tokens(self._core, row=row, tokens=tokens)
            return None

    def _lapse(self, claim: _Claim) -> str | None:
        """Mark the row dead, unless somebody stored newer tokens in the meantime: then give the access token of those."""
        with self._core.database.writing() as session:
            row = self._lock(session)
            if row is None or not self._holds(row, claim.refresh_with):
                return self._core.vault.open(_live(row).access_token).reveal()
            row.refreshing_until = None
            row.state = "lapsed"
            return None

    def _release(self, claim: _Claim) -> None:
        """Let others refresh, unless our claim has ended and the one that is in the row is theirs."""
        with self._core.database.writing() as session:
            row = self._lock(session)
            if row is not None and row.refreshing_until == claim.until and self._holds(row, claim.refresh_with):
                row.refreshing_until = None

    def _lock(self, session: Session) -> TokenRow | None:
        row = self._find(session)
        if row is not None:
            session.refresh(row, with_for_update=True)
        return row

    def _holds(self, row: TokenRow, refresh_token: Secret) -> bool:
        if not row.refresh_token:
            return False
        return self._core.vault.open(row.refresh_token).reveal() == refresh_token.reveal()


def _live(row: TokenRow | None) -> TokenRow:
    if row is None or row.state != "active" or not row.access_token:
        raise GrantDead("The grant has ended.")
    return row


def seal_tokens(core: Core, *, row: TokenRow, tokens: Tokens) -> None:
    """Write a token set into its row, encrypted."""
    row.access_token = core.vault.seal(tokens.access_token)
    row.refresh_token = core.vault.seal(tokens.refresh_token)
    row.expires_at = core.now() + timedelta(seconds=tokens.expires_in)
    row.refreshed_at = core.now()
    row.refreshing_until = None
    row.state = "active"
