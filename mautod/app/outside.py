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
from mautod.services.delivery.alarm_letters import AlarmLetters, Desk
from mautod.services.post import Poster

EMAIL: Final = "email"
SECRET: Final = "MAUTOD_WEBHOOK_SECRET"  # noqa: S105 - its name


class Outside:
    """Webhooks, notes and alarms to operators; `step` is for a pump that runs alone.

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
        mailer = cast("Mailer | None", self._email)
        means = Means(self._poster, mailer, config.notify.to)
        desk = Desk(mailer, config.notify.to, config.workspace.name)
        self._letters = AlarmLetters(parts.db, desk, clock)
        zone = config.workspace.timezone
        self._calls = Calls(parts.db, Versions(zone), means, holder, clock)

    def step(self) -> int:
        """Make the calls and write the letters that are due, one batch of each; how many."""
        return self._loop.run(self._calls.batch()) + self._loop.run(self._letters.batch())

    def is_due(self, now: int) -> bool:
        """Whether a call or a letter can be tried at `now`."""
        dues = (self._calls.next_due(), self._letters.next_due())
        return any(due is not None and due <= now for due in dues)

    def close(self) -> None:
        """Let go of connections; call when no step runs."""
        self._loop.run(self._poster.close())
        if self._email is not None:
            self._loop.run(self._email.close())
