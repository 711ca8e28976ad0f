"""What README says is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mautod.cli import COMMANDS
from mautod.core.chains.steps import kinds as step_kinds
from mautod.core.rules.operators import OPERATORS
from mautod.services.conversations.commands import names as slash_names
from mautod.services.definitions.found import template_names

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "mautod/manual").glob("*.md")
}
MANUAL = "\n".join(PAGES.values())
CODE = re.findall(r"^```[a-z]*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SETUP = [line.strip() for block in CODE for line in block.splitlines() if "pip install" in line]
RUN = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/mautod demo"


def test_there_are_exactly_two_commands_to_set_up():
    assert len(SETUP) == 2
    assert SETUP[0] == RUN
    assert "pytest" in SETUP[1]


def test_the_checks_call_the_second_as_it_stands():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    (taken,) = re.findall(r"^tests=\$\((awk .*)\)$", script, re.MULTILINE)
    found = subprocess.run(
        ["bash", "-c", taken], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == SETUP[1]
    assert 'bash -euo pipefail -c "$tests"' in script


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command):
    assert re.search(
        rf"`mautod {command}\b|^\s*\S*mautod (?:-C \S+ )?{command}\b", README, re.MULTILINE
    )


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_of_the_rules_is_in_the_manual(operator):
    assert operator in PAGES["rules"]


@pytest.mark.parametrize("name", slash_names())
def test_every_slash_command_is_in_the_manual(name):
    assert re.search(rf"`/{name}\b", PAGES["receiving"])


@pytest.mark.parametrize("kind", step_kinds())
def test_every_kind_of_step_is_in_the_manual(kind):
    assert re.search(rf"`{kind}\b|^{kind}\s*=", PAGES["chains"], re.MULTILINE)


@pytest.mark.parametrize("name", template_names())
def test_every_template_is_in_the_readme(name):
    assert name in README


def test_every_path_that_is_named_exists():
    for path in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / path).exists(), path


def test_the_licence_is_said():
    assert "MIT" in README


def test_the_readme_takes_three_minutes_and_leads_to_every_page_of_the_manual():
    assert len(README.split()) < 1500
    assert set(re.findall(r"\]\(mautod/manual/(\w+)\.md\)", README)) == PAGES.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_manual(command):
    assert re.search(rf"`mautod {command}\b", MANUAL)


def test_every_page_has_a_title_of_its_own():
    titles = [page.partition("\n")[0] for page in PAGES.values()]
    assert all(title.startswith("# ") for title in titles)
    assert len(set(titles)) == len(titles)
