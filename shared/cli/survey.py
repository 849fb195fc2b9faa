"""`homeroom survey import|export|lint|show|list`: definitions from and for other programs, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.console import Console
from shared.cli.survey_results import results
from shared.errors import HomeroomError

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]
District = Annotated[str, typer.Option("--district", "-d", help="A district's folder: its own surveys and overlays.")]
School = Annotated[str, typer.Option("--school", "-s", help="One of its schools, which may say things differently.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Bring surveys in, take them out, check them.", no_args_is_help=True, rich_markup_mode=None
    )
    group.callback()(lambda: None)
    group.command("import")(import_)
    group.command("export")(export)
    group.command("lint")(lint)
    group.command("show")(show)
    group.command("list")(list_)
    group.command("results")(results)
    app.add_typer(group, name="survey")


def import_(
    form: Annotated[Path, typer.Argument(help="An XLSForm (.xlsx, .xls, .csv) or SurveyJS JSON.")],
    out: Out = None,
    language_default: Annotated[str, typer.Option(help="The language of texts that name none.")] = "en",
    as_json: Json = False,
) -> None:
    """A definition from another program's file: exit 0 ready to be asked, 2 to be completed first, 1 refused."""
    console = Console(as_json=as_json)
    told = _verb("import_file")(form, default_language=language_default)
    for line in told.lines:
        console.progress_line(line)
    where = _write(told.made, out, console) if told.made else {}
    console.result({"ok": told.code == 0, "imported": told.code != 1, **told.payload, **where})
    raise typer.Exit(told.code)


def export(
    name: Annotated[str, typer.Argument(help="A survey's name, or a definition's .yaml.")],
    format: Annotated[str, typer.Option(help="xlsform, csv, surveyjs or yaml.")] = "xlsform",
    district: District = "",
    school: School = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """A definition in another program's form; what only our own columns say, or nothing, is listed."""
    console = Console(as_json=as_json)
    told = _verb("export")(name, format=format, district=district, school=school)
    for line in told.lines:
        console.progress_line(line)
    if format == "xlsform" and out is None:
        out = Path(f"{told.payload['survey']}.xlsx")  # bytes are nothing for a terminal
    console.result({"ok": True, **told.payload, **_write(told.made, out, console)})


def lint(
    file: Annotated[Path | None, typer.Argument(help="A definition's file; without it, all of --district's.")] = None,
    district: District = "",
    as_json: Json = False,
) -> None:
    """Everything that keeps a survey from being asked, with file, line and remedy; exit 1 when there is anything."""
    console = Console(as_json=as_json)
    told = _verb("lint")(file, district=district)
    _tell(told, console)


def show(
    name: Annotated[str, typer.Argument(help="A survey's name, or a definition's .yaml.")],
    district: District = "",
    school: School = "",
    language: Annotated[str, typer.Option(help="In which language.")] = "en",
    as_json: Json = False,
) -> None:
    """Questions, conditions, and what each answer would change."""
    console = Console(as_json=as_json)
    _tell(_verb("show")(name, district=district, school=school, language=language), console)


def list_(district: District = "", as_json: Json = False) -> None:
    """The surveys that can be asked."""
    _tell(_verb("listing")(district=district), Console(as_json=as_json))


def _verb(name: str) -> Callable[..., Any]:
    from shared.launcher.components import component

    surveys = component("surveys")
    verb: Callable[..., Any] = surveys.load(f"{surveys.package}.exchange.verbs:{name}")
    return verb


def _tell(told: Any, console: Console) -> None:
    for line in told.lines:
        console.say(line)
    console.result({"ok": told.code == 0, **told.payload})
    raise typer.Exit(told.code)


def _write(made: bytes, out: Path | None, console: Console) -> dict[str, str]:
    """Where it was written; without a file, the document itself."""
    if out is None:
        document = made.decode("utf-8-sig")
        console.say(document.rstrip("\n"))
        return {"document": document}
    try:
        out.write_bytes(made)
    except OSError as error:
        remedy = "choose a folder that exists and may be written to"
        raise HomeroomError("cli.write", "the file cannot be written", remedy, out.name) from error
    console.progress_line(f"written: {out}")
    return {"out": str(out)}
