"""The command line: every command is a module that is imported when it is called."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mautod import __version__
from mautod.cli.lazy import Lazy
from mautod.errors import MautodError, RuleError

# name → (module, help): the help stands here so that --help imports no command.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Make a workspace folder."),
    "demo": ("demo", "Play a whole shop through a real daemon, here and now."),
    "up": ("daemon", "Run the daemon: web and worker."),
    "web": ("daemon", "Run only the web process."),
    "worker": ("daemon", "Run only the worker process."),
    "status": ("status", "Show counts and what waits."),
    "doctor": ("doctor", "Check the installation, show what was set aside."),
    "problems": ("problems", "List what was set aside, take it in again, or drop it."),
    "log": ("log", "Show the last lines of the daemon's log."),
    "tail": ("tail", "Follow events, segments and messages as they happen."),
    "why": ("why", "Say why a person did or did not get a message."),
    "apply": ("apply", "Make the definition files of the workspace what runs."),
    "lint": ("lint", "Find mistakes that apply would not refuse."),
    "plan": ("plan", "Show what an apply would change, and what it means for people."),
    "versions": ("plan", "List the versions of a definition with what differs."),
    "rollback": ("plan", "Put an old version of a definition in force again."),
    "simulate": ("simulate", "Play a chain with an invented person; nobody is written to."),
    "test": ("test", "Run the tests beside the chains."),
    "replay": ("replay", "Lead the stored history through a chain; nobody is written to."),
    "people": ("people", "Find, show and change people."),
    "events": ("events", "Send and count events."),
    "segments": ("segments", "List segments, preview rules, show members."),
    "scores": ("scores", "List scores, who has how many points, and why."),
    "chains": ("chains", "List, show, pause, resume and stop chains."),
    "templates": ("templates", "Preview, test and check letters; add ready-made scenarios."),
    "broadcast": ("broadcast", "Write to many people once, and follow it to the last of them."),
    "messages": ("messages", "List messages with their states and reasons."),
    "chat": ("chat", "Read and answer conversations with people."),
    "mail": ("mail", "Look at mail that is about nobody known."),
    "goals": ("goals", "Report what chains reached and earned."),
    "funnel": ("insights", "Say how far people come from event to event."),
    "retention": ("insights", "Say who comes back, cohort by cohort."),
    "journey": ("insights", "Show the stages that people come through, and what moves them."),
    "topics": ("topics", "List topics, and how many people want them."),
    "consent": ("consent", "Show and export the proof of who said yes and no."),
    "suppress": ("suppress", "Keep the list of addresses never to be used."),
    "subscribe": ("consent", "Record that a person wants a topic."),
    "unsubscribe": ("consent", "Take a person off a topic, or off all."),
    "dkim": ("dkim", "Make keys that sign letters, say what to publish."),
    "manual": ("manual", "Read the manual, page by page."),
    "tui": ("tui", "Open the terminal desk."),
    "serve-tui": ("serve_tui", "Serve the terminal desk to browsers, behind a login."),
    "config": ("config", "Print the documented example configuration."),
    "popups": ("popups", "List pop-ups with what came of them, and look at one."),
    "push": ("push", "Make the key of push messages, and the file that the site needs."),
    "snippet": ("snippet", "Print what goes into the pages of the site."),
    "bench": ("bench", "Measure speed beside the limit of this machine."),
}


@click.group(
    cls=Lazy,
    package=__name__,
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="mautod")
@click.option("-C", "folder", default=".", metavar="DIR", help="Work in DIR.", type=Path)
@click.option(
    "--url",
    envvar="MAUTOD_URL",
    default="",
    help="Control a daemon at this address; unix:/path is its socket.",
)
@click.option("--key", envvar="MAUTOD_API_KEY", default="", help="API key for --url.")
@click.pass_context
def cli(ctx: click.Context, folder: Path, url: str, key: str) -> None:
    """Marketing automation in a terminal: events in, exact segments, chains of messages out."""
    ctx.obj = Place(folder, url, key)


class Place:
    """Where the command works: a folder here, or a daemon elsewhere."""

    __slots__ = ("_key", "folder", "url")

    def __init__(self, folder: Path, url: str, key: str) -> None:
        self.folder = folder
        self.url = url
        self._key = key

    def key(self) -> str:
        return self._key


def main() -> None:
    """Run the command line; expected failures are one line and an exit code, never a traceback."""
    try:
        # click answers the code of whoever ended a command early, and None otherwise
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except MautodError as error:
        if isinstance(error, RuleError):
            click.echo(error.picture(), err=True)
        click.echo(f"mautod: {error}", err=True)
        sys.exit(error.exit_code)
