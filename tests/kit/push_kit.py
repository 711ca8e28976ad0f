"""A push service of one's own, and browsers whose private keys are known."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field

import http_ece
from aiohttp import web
from browser_kit import serve
from cryptography.hazmat.primitives.asymmetric import ec

from mautod.channels.push.vapid import packed, raw
from mautod.core.sending.message import Door


@dataclass
class Browser:
    """One that agreed; it alone can read what it is sent."""

    path: str = "b1"
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    def door(self, origin: str, number: int = 1) -> Door:
        point = packed(raw(self.private.public_key()))
        return Door(number, f"{origin}/{self.path}", point, packed(self.auth))

    def read(self, body: bytes) -> bytes:
        """What `http-ece`, which is not ours, makes of it."""
        return http_ece.decrypt(
            body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )


@dataclass
class Service:
    """Takes pushes; `status` says what is answered, by path."""

    status: dict[str, int] = field(default_factory=dict)
    taken: list[tuple[str, dict, bytes]] = field(default_factory=list)
    origin: str = ""
    runner: web.AppRunner | None = None

    @property
    def place(self) -> str:
        return self.origin.removeprefix("http://")

    async def start(self) -> Service:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        self.runner, self.origin = await serve(app)
        return self

    async def _take(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        self.taken.append((path, dict(request.headers), await request.read()))
        return web.Response(status=self.status.get(path, 201))


def b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
