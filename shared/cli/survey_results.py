"""`homeroom survey results NAME`: what families answered, small groups hidden; or the responses for another program."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.console import Console
from shared.cli.district import only_district, open_runtime
from shared.errors import HomeroomError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from shared.messaging.uow import UnitOfWork

OPERATOR = "operator"


def results(
    name: Annotated[str, typer.Argument(help="A survey's name.")],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Cell file; without it, embedded in ./.state.")
    ] = None,
    district: Annotated[str, typer.Option("--district", "-d", help="May be left out when there is one.")] = "",
    round_: Annotated[str, typer.Option("--round", help="Which time it was asked; without it, the last.")] = "",
    as_of: Annotated[str, typer.Option(help="A past time (ISO 8601, UTC unless it says): what was told then.")] = "",
    format_: Annotated[str, typer.Option("--format", help="Write the responses: csv, xlsx, sav, ddi or edfi.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="To this file; without it, NAME and the format's ending.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Published figures with n, margin and response rates; exit 1 while too few have answered to tell any."""
    from shared.launcher.components import component
    from shared.tenancy.provision import provision

    console = Console(as_json=as_json)
    surveys = component("surveys")
    moment = _moment(as_of)
    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        if runtime.cell.sqlite:
            provision(runtime.cell, runtime.databases, [surveys])
        with runtime.unit_of_work("surveys", slug) as uow:
            if not format_:
                told = _verb("tell")(uow, name, round_=round_, as_of=moment)
            else:
                path = out or Path(f"{name}.{_verb('ending')(format_)}")
                told = _written(
                    path, lambda file: _verb("write")(uow, name, file, form=format_, round_=round_, as_of=moment)
                )
                told.payload["out"] = str(path)
                _audit(uow, told.payload)
    for line in told.lines:
        console.say(line)
    console.result({"ok": told.code == 0, "district": slug, **told.payload})
    if told.code:
        raise typer.Exit(told.code)


def _verb(name: str) -> Callable[..., Any]:
    from shared.launcher.components import component

    surveys = component("surveys")
    verb: Callable[..., Any] = surveys.load(f"{surveys.package}.web.results_verb:{name}")
    return verb


def _audit(uow: UnitOfWork, taken: dict[str, Any]) -> None:
    """Whoever runs the machine has taken what families answered: it is kept with the other looks."""
    subject = f"{taken['survey']}/{taken['round']}"
    viewed = {"viewer_id": OPERATOR, "role": OPERATOR, "record_type": "survey_responses", "subject_id": subject}
    uow.emit(
        "district.record_viewed",
        {**viewed, "action": "export", "outcome": "allowed", "rule": "command_line"},
        subject=subject,
    )


def _written(path: Path, write: Callable[[Any], Any]) -> Any:
    """Beside its place first: a file that is there is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w+b") as file:
            told = write(file)
        part.replace(path)
    except OSError as error:
        raise HomeroomError(
            "cli.write", "the file cannot be written", "choose a folder that exists and may be written to", path.name
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return told


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise HomeroomError(
            "survey.as_of", "--as-of is not a time", "write it like 2026-10-01T00:00 or 2026-10-01T00:00-05:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
