"""What chains have done outside: the calls of one workspace, in the loop of its channels."""

from __future__ import annotations

from typing import Final, cast

from mautod import channels
from mautod.app.delivery import Loop
from mautod.app.parts import Parts
from mautod.channels.port import Net
from mautod.clock import Clock
from mautod.services.chains.calls import Calls, Mailer, Means
from mautod.services.chains.versions import Versions
from mautod.services.post import Poster

EMAIL: Final = "email"
SECRET: Final = "MAUTOD_WEBHOOK_SECRET"  # noqa: S105 - its name


class Outside:
    """Webhooks and notes to operators; `step` is for a pump that runs alone.

    Raises:
        ConfigError: the email channel cannot work as it is configured.
    """

    def __init__(self, parts: Parts, loop: Loop, holder: str, clock: Clock) -> None:
        config, secrets = parts.settings.config, parts.settings.secrets
        self._loop = loop
        self._poster = Poster(
            config.webhook.private, config.webhook.timeout_s, secrets.find, secrets.find(SECRET)
        )
        self._email = None
        if EMAIL in config.channels:
            net = Net(
                folder=parts.settings.folder,
                name=config.workspace.name,
                url=config.workspace.url,
                secret=secrets.find,
                clock=clock,
            )
            self._email = channels.create(EMAIL, config.channels[EMAIL], net)
            loop.run(self._email.open())
        means = Means(self._poster, cast("Mailer | None", self._email), config.notify.to)
        zone = config.workspace.timezone
        self._calls = Calls(parts.db, Versions(zone), means, holder, clock)

    def step(self) -> int:
        """Make the calls that are due, at most one batch; how many."""
        return self._loop.run(self._calls.batch())

    def is_due(self, now: int) -> bool:
        """Whether a call can be tried at `now`."""
        due = self._calls.next_due()
        return due is not None and due <= now

    def close(self) -> None:
        """Let go of connections; call when no step runs."""
        self._loop.run(self._poster.close())
        if self._email is not None:
            self._loop.run(self._email.close())
