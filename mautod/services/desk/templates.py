"""Letters as files: listed, looked at, tried out, checked."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mautod import wire
from mautod.errors import BadInput, DefinitionError
from mautod.services.desk.base import Base
from mautod.services.letters.check import check
from mautod.services.letters.shelf import listed
from mautod.services.letters.show import preview, send_trial
from mautod.services.letters.study import Study

Sample = Annotated[int, msgspec.Meta(ge=1, le=500)]


class TemplatesDesk(Base):
    """Templates of the workspace folder, as their files are now, applied or not."""

    def templates(self) -> wire.Templates:
        """All templates, and how their files differ from what is in force."""
        return listed(self._study())

    def preview_template(
        self, key: str, person: str = "", language: str = ""
    ) -> wire.TemplatePreview:
        """A letter as somebody would get it; without `person`, an invented one."""
        try:
            return preview(self._study(), key, person, language)
        except DefinitionError as error:
            raise BadInput(str(error), field="template") from error

    def test_template(self, key: str, ask: wire.LetterTestAsk) -> wire.Done:
        """Send one letter to try it out, marked as a test; nothing of it is counted."""
        try:
            return send_trial(self._db, self._study, key, ask, self._tools.now())
        except DefinitionError as error:
            raise BadInput(str(error), field="template") from error

    def check_templates(self, key: str = "", sample: Sample = 50) -> wire.TemplateChecks:
        """What is wrong with one letter, or with all, tried for the newest people."""
        return check(self._study(), key, sample)

    def _study(self) -> Study:
        return Study(self._settings, self._db.read(), self._tools.now())
