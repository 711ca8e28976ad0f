"""Letters as files: listed, looked at, tried out, checked."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class TemplatesClient(Http):
    """Templates of the daemon's workspace folder."""

    async def templates(self) -> wire.Templates:
        return await self._get(wire.Templates, "templates")

    async def preview_template(
        self, key: str, person: str = "", language: str = ""
    ) -> wire.TemplatePreview:
        return await self._get(
            wire.TemplatePreview,
            f"templates/{part(key)}/preview",
            person=person,
            language=language,
        )

    async def test_template(self, key: str, ask: wire.LetterTestAsk) -> wire.Done:
        return await self._post(wire.Done, f"templates/{part(key)}/test", ask)

    async def check_templates(self, key: str = "", sample: int = 50) -> wire.TemplateChecks:
        return await self._get(wire.TemplateChecks, "letters/check", key=key, sample=sample)
