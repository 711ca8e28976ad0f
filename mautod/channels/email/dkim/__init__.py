"""DKIM (RFC 6376, RFC 8463): letters signed with the keys of the domain that they are from."""

from mautod.channels.email.dkim.keys import Key, dns_records, find_keys, make_keys
from mautod.channels.email.dkim.sign import Signer
from mautod.channels.email.dkim.signers import Signers

__all__ = ["Key", "Signer", "Signers", "dns_records", "find_keys", "make_keys"]
