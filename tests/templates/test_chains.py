"""Every chain of a ready-made workspace does what its tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mautod.config import load
from mautod.services.definitions.workspace import validate
from mautod.services.simulate.suite import run_tests

TEMPLATES = Path(__file__).parents[2] / "templates"
NAMES = sorted(path.parent.name for path in TEMPLATES.glob("*/config.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_a_workspace_pass_and_leave_out_no_chain(name):
    results = list(run_tests(load(TEMPLATES / name)))
    failed = {result.file: result.differences for result in results if not result.passed}
    assert not failed
    chains = {chain.key for chain in validate(TEMPLATES / name / "workspace").chains}
    assert chains == {result.chain for result in results}
