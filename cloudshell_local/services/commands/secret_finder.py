"""Finder of the secrets that a driver is sent, which are hidden wherever its commands are shown."""

from __future__ import annotations

from dataclasses import dataclass

from cloudshell_local.errors import WrongCall
from cloudshell_local.redaction import Secrets, secrets_in
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.passwords import Passwords


@dataclass(frozen=True)
class SecretFinder:
    """Finder of secrets by the installed shells' attributes of the type Password, and by what the server encrypted."""

    catalog: Catalog
    passwords: Passwords

    def find(self, sent: object) -> Secrets:
        """Return the secrets in a context or in parameters, as JSON; passwords also in clear, as a driver decrypts them."""
        return secrets_in(sent, self._names(), self._decrypted)

    def _names(self) -> frozenset[str]:
        owners = [
            each for shell in self.catalog for each in (shell.attributes, *(one.attributes for one in shell.options))
        ]
        named = [pair for attributes in owners for pair in attributes.items()]
        return frozenset(name.rpartition(".")[2].lower() for name, each in named if each.is_password)

    def _decrypted(self, text: str) -> str:
        try:
            return self.passwords.decrypt(text)
        except WrongCall:  # Encrypted by somebody else: only this form of it is known.
            return text
