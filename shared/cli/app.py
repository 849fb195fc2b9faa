"""The table of verbs. A verb's module is imported only when the verb runs, so that `--help` stays quick.

Each module has `register(app: typer.Typer) -> None`, which adds its verbs to the app it is given.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

import typer
import typer.core
import typer.main


@dataclass(frozen=True)
class Verb:
    """One row of `homeroom --help`."""

    name: str
    module: str
    summary: str


VERBS: tuple[Verb, ...] = (
    Verb("demo", "shared.cli.demo", "Play a school term on real files, in one process, and check every outcome."),
    Verb("up", "shared.cli.serve", "Run everything on this machine until interrupted."),
    Verb("serve", "shared.cli.serve", "Run one service's workers for a cell."),
    Verb("web", "shared.cli.serve", "Run one service's pages and API for a cell."),
    Verb("relay", "shared.cli.serve", "Publish a cell's outboxes to its broker."),
    Verb("smpp-in", "shared.cli.smpp_in", "Take answers and receipts from an SMSC (SMPP)."),
    Verb("mail-in", "shared.cli.mail_in", "Take bounces and answers from the mail server (LMTP)."),
    Verb("generate", "shared.cli.directory", "Make a whole district folder of realistic people."),
    Verb("validate", "shared.cli.directory", "Check a district folder; every error with file, line and remedy."),
    Verb("plan", "shared.cli.directory", "Show what applying a district folder would change."),
    Verb("apply", "shared.cli.directory", "Make the district what its folder says."),
    Verb("status", "shared.cli.directory", "Show what is applied and whether anything is held."),
    Verb("rollback", "shared.cli.directory", "Return a district to an earlier revision."),
    Verb("history", "shared.cli.directory", "List a district's revisions."),
    Verb("why", "shared.cli.why", "Tell why a message went, was held or stopped."),
    Verb("report", "shared.cli.report", "Tell reach, replies and who is left out, now or as of a past time."),
    Verb("survey", "shared.cli.survey", "Bring surveys in from spreadsheets, take them out, check them."),
    Verb("memory", "shared.cli.language", "Bring approved translations in, take them out (TMX, XLIFF)."),
    Verb("glossary", "shared.cli.language", "Check, bring in or take out the district's own words (CSV, TBX)."),
    Verb("conference", "shared.cli.conference", "Plan a conference round; tell its worth and a proved bound."),
    Verb("dlq", "shared.cli.dlq", "List, show, replay or discard dead letters."),
    Verb("migrations", "shared.cli.migrations", "Run or make database migrations."),
    Verb("backing", "shared.cli.backing", "Start, stop or find RabbitMQ and PostgreSQL."),
    Verb("doctor", "shared.cli.doctor", "Check this machine; every failure with the command that fixes it."),
    Verb("test", "shared.cli.test", "Run every check and test."),
    Verb("bench", "shared.cli.bench", "Measure events, faults, onboarding and lanes."),
    Verb("deploy-check", "shared.cli.deploy_check", "Check deploy/: compose, units, alerts, cells, runbooks."),
    Verb("lock", "shared.cli.lock", "Pin requirements*.in with hashes."),
)


def load(verb: Verb) -> Any:
    """The verb's command, imported now."""
    module = importlib.import_module(verb.module)
    collected = typer.Typer(add_completion=False, rich_markup_mode=None)
    collected.callback()(lambda: None)
    module.register(collected)
    group: Any = typer.main.get_command(collected)
    return group.commands[verb.name]


class LazyVerbs(typer.core.TyperGroup):
    """Lists verbs from the table and imports the one that runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [verb.name for verb in VERBS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        verb = _named(cmd_name)
        return typer.core.TyperCommand(verb.name, help=verb.summary, short_help=verb.summary) if verb else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        verb = _named(args[0]) if args else None
        if verb is None:
            return super().resolve_command(ctx, args)
        return verb.name, load(verb), args[1:]


def _named(name: str) -> Verb | None:
    return next((verb for verb in VERBS if verb.name == name), None)


app = typer.Typer(cls=LazyVerbs, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def homeroom() -> None:
    """Homeroom keeps every family of a school district in the loop.

    Start with `./homeroom demo`. Every verb takes --help and --json; 0 means done, 1 an error, 2 changes or usage.
    """
