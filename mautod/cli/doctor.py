"""`mautod doctor`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder, open_desk
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.doctor import Report

_COLOURS = {"ok": "green", "note": "yellow", "wrong": "red"}


@click.command()
@click.option("--dns", is_flag=True, help="Compare DNS with what letters need, and nothing else.")
@click.option("--resolver", default="", metavar="IP[:PORT]", help="Ask this DNS server.")
@as_json
@click.pass_obj
def doctor(place: Place, dns: bool, resolver: str, json_: bool) -> None:
    """Check the installation and show what was set aside; exit 1 if something is wrong.

    With --dns, look at SPF, DKIM, DMARC, MX and PTR of the domains that letters are from, and say
    what to publish.
    """
    report = _published(place, resolver) if dns or resolver else _installed(place)
    if json_:
        print_json(report)
    else:
        _print(report)
    sys.exit(0 if report.ok else 1)


def _installed(place: Place) -> wire.Checkup:
    if not place.url:
        return _near(place)
    with open_desk(place) as desk:
        return desk.doctor()


def _near(place: Place) -> wire.Checkup:
    """Here the configuration itself may be what is wrong, so that there is no desk."""
    from mautod import clock
    from mautod.services.doctor import examine

    return _told(examine(place.folder, clock.now_ms()))


def _published(place: Place, resolver: str) -> wire.Checkup:
    from mautod import config
    from mautod.services.doctor import Report
    from mautod.services.domains.examine import examine_dns

    return _told(Report(tuple(examine_dns(config.load(in_folder(place)), resolver))))


def _told(report: Report) -> wire.Checkup:
    import msgspec

    from mautod import wire

    return msgspec.convert(report, wire.Checkup, from_attributes=True)


def _print(report: wire.Checkup) -> None:
    for finding in report.findings:
        _print_finding(finding)
    wrong = sum(finding.level == "wrong" for finding in report.findings)
    click.echo(f"\n{wrong} to mend." if wrong else "\nNothing is wrong.")


def _print_finding(finding: wire.Finding) -> None:
    level = click.style(f"{finding.level:<6}", fg=_COLOURS[finding.level])
    click.echo(f"{level}{visible(finding.check):<14} {visible(finding.message)}")
    for detail in finding.details:
        for line in detail.splitlines():
            click.echo(f"      {visible(line)}")
    for line in finding.hint.splitlines():
        click.echo(f"      {visible(line)}")
