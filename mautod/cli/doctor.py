"""`mautod doctor`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod.services.doctor import Finding, Report

_COLOURS = {"ok": "green", "note": "yellow", "wrong": "red"}


@click.command()
@as_json
@click.pass_obj
def doctor(place: Place, json_: bool) -> None:
    """Check the installation and show what was set aside; exit 1 if something is wrong."""
    from mautod import clock
    from mautod.services.doctor import examine

    report = examine(in_folder(place), clock.now_ms())
    if json_:
        found = {"ok": report.ok, "findings": report.findings, "rejected": report.rejected}
        print_json(found)
    else:
        _print(report)
    sys.exit(0 if report.ok else 1)


def _print(report: Report) -> None:
    for finding in report.findings:
        _print_finding(finding)
    wrong = sum(finding.level == "wrong" for finding in report.findings)
    click.echo(f"\n{wrong} to mend." if wrong else "\nNothing is wrong.")


def _print_finding(finding: Finding) -> None:
    level = click.style(f"{finding.level:<6}", fg=_COLOURS[finding.level])
    click.echo(f"{level}{finding.check:<14} {visible(finding.message)}")
    for detail in finding.details:
        for line in detail.splitlines():
            click.echo(f"      {visible(line)}")
    for line in finding.hint.splitlines():
        click.echo(f"      {visible(line)}")
