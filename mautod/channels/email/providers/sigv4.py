"""Signs a call to Amazon (Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SIGNED: Final = "content-type;host;x-amz-content-sha256;x-amz-date"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who calls, and where; `repr` leaves the secret out."""

    key_id: str
    secret: str = field(repr=False)
    region: str


def signed_headers(
    who: Credentials, service: str, host: str, path: str, body: bytes, now: int
) -> dict[str, str]:
    """The headers of a POST of JSON to `path`, without a query, at `now` in UTC ms."""
    moment = datetime.fromtimestamp(now // 1000, UTC)
    date, stamp = f"{moment:%Y%m%d}", f"{moment:%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(body).hexdigest()
    canonical = (
        f"POST\n{path}\n\ncontent-type:application/json\nhost:{host}\n"
        f"x-amz-content-sha256:{digest}\nx-amz-date:{stamp}\n\n{_SIGNED}\n{digest}"
    )
    scope = f"{date}/{who.region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.new(
        _key(who, service, date), f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashed}".encode(), "sha256"
    ).hexdigest()
    return {
        "X-Amz-Date": stamp,
        "X-Amz-Content-Sha256": digest,
        "Authorization": f"{_ALGORITHM} Credential={who.key_id}/{scope},"
        f" SignedHeaders={_SIGNED}, Signature={signature}",
    }


def _key(who: Credentials, service: str, date: str) -> bytes:
    key = f"AWS4{who.secret}".encode()
    for word in (date, who.region, service, "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key
