"""`homeroom generate|validate|plan|apply|status|rollback|history`: a district by files.

Exit codes: 0 done or no change, 1 error, 2 changes pending (plan) or services behind (status), 3 held for a person.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.console import Console
from shared.cli.district import acknowledged, only_district, open_runtime, slug_of
from shared.errors import HomeroomError

if TYPE_CHECKING:
    from shared.directory.engine import Plan

HELD = 3

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]
Folder = Annotated[Path, typer.Argument(help="A district folder.")]
CellFile = Annotated[Path | None, typer.Option("--config", "-c", help="Cell file; without it, embedded in ./.state.")]
District = Annotated[
    str, typer.Option("--district", "-d", help="The district's slug; may be left out when there is one.")
]
ProfileName = Annotated[
    str, typer.Option("--profile", help="strict: the specification; lenient: what exports get wrong.")
]
Approve = Annotated[list[str], typer.Option("--approve", help="Release the hold with this id; may be repeated.")]
Checksum = Annotated[str | None, typer.Option("--plan", help="Apply only if the plan still has this checksum.")]


def register(app: typer.Typer) -> None:
    for verb in (generate, validate, plan, apply, status, rollback, history):
        app.command(verb.__name__)(verb)


def generate(
    out: Annotated[Path, typer.Option("--out", help="Where to write the folder.")],
    students: Annotated[int, typer.Option("--students", min=1)] = 1_200,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    slug: Annotated[str, typer.Option("--slug")] = "generated",
    dirty: Annotated[int, typer.Option("--dirty", min=0, max=10_000, help="Wrong rows of each kind, per 10,000.")] = 0,
    grade_weeks: Annotated[int, typer.Option("--grade-weeks", min=0, max=40)] = 0,
    languages: Annotated[float, typer.Option("--other-languages", min=0, max=1, help="Share of homes.")] = 0.22,
    preset: Annotated[str, typer.Option("--preset", help="riverside: the sample district.")] = "",
    as_json: Json = False,
) -> None:
    """Make a whole district folder of realistic people."""
    from shared.directory.generate import Dirt, Knobs, riverside
    from shared.directory.generate import generate as make

    console = Console(as_json=as_json)
    _empty(out)
    if preset == "riverside":
        made = riverside.build(out)
    elif preset:
        raise HomeroomError("generate.preset", f"there is no preset {preset}", "use riverside, or leave it out")
    else:
        knobs = replace(Knobs(), slug=slug, grade_weeks=grade_weeks, other_language_homes=languages)
        if dirty:
            knobs = replace(knobs, dirt=Dirt.everything(dirty))
        made = make(students, seed=seed, out=out, knobs=knobs)
    console.say(f"{made.students} students, {made.guardians} guardians, {made.schools} schools in {out}")
    console.result(made.as_dict())


def validate(
    folder: Annotated[Path | None, typer.Argument(help="A district folder, or a OneRoster zip or folder.")] = None,
    profile: Annotated[
        str, typer.Option("--profile", help="strict or lenient; else lenient for a folder, strict for a package.")
    ] = "",
    style: Annotated[str, typer.Option("--format", help="text, json, sarif or github.")] = "text",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the settings files.")] = False,
    as_json: Json = False,
) -> None:
    """Check a district folder; every error with file, line and remedy."""
    from shared.directory import engine, render

    if schema:
        import json

        from shared.directory.config.jsonschema import settings_json_schema

        typer.echo(json.dumps(settings_json_schema(), indent=2))
        return
    if folder is None:
        raise HomeroomError("validate.folder", "no folder was given", "homeroom validate FOLDER")
    chosen = _choice(render.Format, "json" if as_json else style, "--format")
    whole = (folder / "district.yaml").is_file()
    report = engine.validate(folder, profile=_profile(profile or ("lenient" if whole else "strict")))
    shown = report if chosen is render.Format.JSON or not whole else render.located(report, folder)
    typer.echo(render.render_report(shown, chosen))
    raise typer.Exit(0 if report.ok else 1)


def plan(folder: Folder, profile: ProfileName = "lenient", config: CellFile = None, as_json: Json = False) -> None:
    """Show what applying a district folder would change. Exit 0: nothing, 2: changes, 1: errors."""
    from shared.directory import engine

    slug = slug_of(folder)
    with open_runtime(config, slug) as runtime, runtime.databases.transaction("directory", slug) as connection:
        found = engine.plan(connection, folder, now=runtime.clock.now(), profile=_profile(profile))
    _show_plan(found, folder, Console(as_json=as_json))
    raise typer.Exit(found.exit_code)


def apply(
    folder: Folder, profile: ProfileName = "lenient", checksum: Checksum = None, approve: Approve = [],  # noqa: B006
    config: CellFile = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Make the district what its folder says, in one transaction. Exit 3: held."""
    import sqlite3

    from sqlalchemy.exc import DBAPIError

    from shared.directory import engine
    from shared.directory.engine.apply import PlanHeld, PlanInvalid

    console, slug = Console(as_json=as_json), slug_of(folder)
    with open_runtime(config, slug) as runtime:
        try:
            with runtime.unit_of_work("directory", slug) as uow:
                done = engine.apply(
                    uow, folder, checksum=checksum, approve=approve, profile=_profile(profile), actor=_actor()
                )  # fmt: skip
        except PlanInvalid as error:
            _show_plan(error.plan, folder, console)
            raise typer.Exit(1) from None
        except PlanHeld as error:
            _show_plan(error.plan, folder, console)
            raise typer.Exit(HELD) from None
        except (OSError, sqlite3.OperationalError, DBAPIError) as error:
            raise HomeroomError(
                "directory.not_written", f"the database or the disk refused ({type(error).__name__}); nothing was changed",
                "check free disk space and that the database answers, then apply again",
            ) from error  # fmt: skip
    _show_applied(done, console)


def status(district: District = "", config: CellFile = None, as_json: Json = False) -> None:
    """Show what is applied, what each service holds of it, and whom nobody can reach."""
    from shared.directory import engine, render

    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        held = acknowledged(runtime, slug)
        with runtime.databases.transaction("directory", slug) as connection:
            found = engine.status(connection, held)
    console = Console(as_json=as_json)
    console.say(render.render_status(found))
    console.result({"district": slug, **found.as_dict()})
    raise typer.Exit(0 if found.green else 2)


def rollback(
    to: Annotated[int, typer.Option("--to", help="The revision to go back to.")],
    district: District = "", dry: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    checksum: Checksum = None, approve: Approve = [], config: CellFile = None, as_json: Json = False,  # noqa: B006
) -> None:  # fmt: skip
    """Return a district to an earlier revision; a revision of its own, so that it can be undone too."""
    from shared.directory import engine
    from shared.directory.engine.apply import PlanHeld

    console = Console(as_json=as_json)
    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        try:
            with runtime.unit_of_work("directory", slug) as uow:
                if dry:
                    found = engine.plan_rollback(uow.connection, to, now=uow.now)
                    _show_plan(found, Path(slug), console)
                    raise typer.Exit(found.exit_code)
                done = engine.rollback(uow, to, checksum=checksum, approve=approve, actor=_actor())
        except PlanHeld as error:
            _show_plan(error.plan, Path(slug), console)
            raise typer.Exit(HELD) from None
    _show_applied(done, console)


def history(district: District = "", config: CellFile = None, as_json: Json = False) -> None:
    """List a district's revisions, oldest first."""
    from shared.directory import engine, render

    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        with runtime.databases.transaction("directory", slug) as connection:
            found = engine.history(connection)
    console = Console(as_json=as_json)
    console.say(render.render_history(found))
    console.result({"district": slug, "revisions": [render.revision_dict(revision) for revision in found]})


def _actor() -> str:
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or "cli"


def _profile(name: str):  # type: ignore[no-untyped-def]
    from shared.directory.finding import Profile

    return _choice(Profile, name, "--profile")


def _choice(kind, name: str, option: str):  # type: ignore[no-untyped-def]
    try:
        return kind(name)
    except ValueError:
        allowed = ", ".join(item.value for item in kind)
        raise HomeroomError("cli.choice", f"{option} {name} is not known", f"use one of {allowed}") from None


def _empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise HomeroomError(
            "generate.not_empty", "the folder to write to is not empty", "choose another --out", str(out)
        )


def _show_plan(found: Plan, folder: Path, console: Console) -> None:
    from shared.directory import render

    if not found.report.ok:
        console.say(render.render_report(render.located(found.report, folder), render.Format.TEXT))
        console.result({**found.as_dict(), "findings": [finding.as_dict() for finding in found.report.findings]})
        return
    console.say(render.render_plan(found))
    console.result(found.as_dict())


def _show_applied(done, console: Console) -> None:  # type: ignore[no-untyped-def]
    from shared.directory import render

    if done.revision is None:
        console.say("no change")
    else:
        console.say(render.render_plan(done.plan))
        console.say(f"applied as revision {done.revision}; {done.events} event(s) on their way")
    console.result(done.as_dict())
