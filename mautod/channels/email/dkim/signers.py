"""The signers of all domains that letters are from, each read from its files once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mautod.channels.email.dkim.keys import find_keys
from mautod.channels.email.dkim.sign import Signer
from mautod.core.sending.message import Letter


class Signers:
    """Signs with the keys under `folder`; keys made later are seen after a restart."""

    __slots__ = ("_folder", "_known", "_selector")

    def __init__(self, folder: Path, selector: str) -> None:
        self._folder = folder
        self._selector = selector
        self._known: dict[str, Signer | None] = {}

    def signed(self, letter: Letter, domain: str) -> Letter:
        """`letter`, which is from `domain`, signed if there are keys for it.

        Raises:
            ConfigError: a file of keys is damaged.
        """
        signer = self.of(domain)
        return letter if signer is None else replace(letter, payload=signer.signed(letter.payload))

    def of(self, domain: str) -> Signer | None:
        """Who signs for `domain`; None if nobody does.

        Raises:
            ConfigError: a file of keys is damaged.
        """
        if domain not in self._known:
            keys = find_keys(self._folder, domain, self._selector)
            self._known[domain] = Signer(keys) if keys else None
        return self._known[domain]
