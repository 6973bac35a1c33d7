"""Tokens at rest: the first key encrypts, every key decrypts, so that keys can be rotated while running."""

from cryptography.fernet import Fernet, MultiFernet

from sync.domain.secret import Secret


class Vault:
    """Seals and opens secrets with the operator's keys."""

    def __init__(self, *, keys: tuple[str, ...]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: Secret) -> str:
        """Encrypt with the first key."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def open(self, sealed: str) -> Secret:
        """Decrypt with whichever key fits.

        :raises cryptography.fernet.InvalidToken: when none does.
        """
        return Secret(self._fernet.decrypt(sealed.encode()).decode())
