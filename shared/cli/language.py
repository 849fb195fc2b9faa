"""`homeroom memory import|export` and `homeroom glossary check|import|export`: what families are told, and in whose words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.console import Console
from shared.cli.district import only_district, open_runtime
from shared.errors import HomeroomError

if TYPE_CHECKING:
    from shared.messaging.uow import UnitOfWork

OPERATOR = "operator"
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Cell file; without it, embedded in ./.state.")]
District = Annotated[str, typer.Option("--district", "-d", help="May be left out when there is one.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]
Source = Annotated[str, typer.Option(help="The language of texts that name none.")]
Target = Annotated[str, typer.Option(help="Only this language.")]
_FORMS = {".tmx": "tmx", ".xlf": "xliff-1.2", ".xliff": "xliff-2.0", ".csv": "csv", ".tbx": "tbx"}


def register(app: typer.Typer) -> None:
    memory = typer.Typer(help="Approved translations, in and out.", no_args_is_help=True, rich_markup_mode=None)
    memory.command("import")(import_memory)
    memory.command("export")(export_memory)
    app.add_typer(memory, name="memory")
    glossary = typer.Typer(help="The district's own words.", no_args_is_help=True, rich_markup_mode=None)
    glossary.command("check")(check_glossary)
    glossary.command("import")(import_glossary)
    glossary.command("export")(export_glossary)
    app.add_typer(glossary, name="glossary")


def import_memory(
    file: Annotated[Path, typer.Argument(help="A .tmx, .xlf or .xliff.")],
    approved_by: Annotated[str, typer.Option(help="Who stands for these translations.")],
    source: Source = "en",
    target: Target = "",
    config: Config = None,
    district: District = "",
    as_json: Json = False,
) -> None:
    """Learn a file's approved translations: exit 0 all, 2 some were left out (each with its line), 1 refused."""
    console = Console(as_json=as_json)
    with _opened(config, district) as uow:
        told = _verb("import_memory")(uow, file, approved_by=approved_by, source=source, target=target)
    _tell(told, console)


def export_memory(
    file: Annotated[Path, typer.Argument(help="Write .tmx, .xlf (XLIFF 1.2) or .xliff (2.0).")],
    source: Source = "en",
    target: Target = "",
    config: Config = None,
    district: District = "",
    as_json: Json = False,
) -> None:
    """Write the memory for another program; it reads back the same."""
    form = _form(file, ".tmx", ".xlf", ".xliff")
    with _opened(config, district) as uow:
        told = _written(file, lambda out: _verb("export_memory")(uow, out, form=form, source=source, target=target))
    _tell(told, Console(as_json=as_json))


def check_glossary(
    path: Annotated[
        Path | None, typer.Argument(help="A file, or a district's folder; without it, what is in use.")
    ] = None,
    source: Source = "en",
    config: Config = None,
    district: District = "",
    as_json: Json = False,
) -> None:
    """Name what contradicts itself in files (exit 1), or the memory's entries that go against what is in use (exit 2)."""
    console = Console(as_json=as_json)
    if path is not None:
        _tell(_verb("check_glossary")(path, source=source), console)
        return
    with _opened(config, district) as uow:
        told = _verb("check_memory")(uow)
    _tell(told, console)


def import_glossary(
    path: Annotated[Path, typer.Argument(help="A .csv or .tbx, or a district's folder with glossary/.")],
    source: Source = "en",
    config: Config = None,
    district: District = "",
    as_json: Json = False,
) -> None:
    """Make the district's terms what the files say; exit 1 and nothing changed where they contradict themselves."""
    console = Console(as_json=as_json)
    with _opened(config, district) as uow:
        told = _verb("import_glossary")(uow, path, by=OPERATOR, source=source)
    _tell(told, console)


def export_glossary(
    file: Annotated[Path, typer.Argument(help="Write .csv or .tbx.")],
    config: Config = None,
    district: District = "",
    as_json: Json = False,
) -> None:
    """Write the district's terms for another program."""
    form = _form(file, ".csv", ".tbx")
    with _opened(config, district) as uow:
        told = _written(file, lambda out: _verb("export_glossary")(uow, out, form=form))
    _tell(told, Console(as_json=as_json))


def _form(file: Path, *allowed: str) -> str:
    if file.suffix.lower() not in allowed:
        raise HomeroomError(
            "cli.format", "the kind of file is not known", f"end its name in {', '.join(allowed)}", file.name
        )
    return _FORMS[file.suffix.lower()]


@contextmanager
def _opened(config: Path | None, district: str) -> Iterator[UnitOfWork]:
    from shared.launcher.components import component
    from shared.tenancy.provision import provision

    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        if runtime.cell.sqlite:
            provision(runtime.cell, runtime.databases, [component("translation")])
        with runtime.unit_of_work("translation", slug) as uow:
            yield uow


def _verb(name: str) -> Callable[..., Any]:
    from shared.launcher.components import component

    translation = component("translation")
    verb: Callable[..., Any] = translation.load(f"{translation.package}.exchange.verbs:{name}")
    return verb


def _written(file: Path, write: Callable[[Any], Any]) -> Any:
    """Beside its place first: a file that is there is whole."""
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as out:
            told = write(out)
        part.replace(file)
    except OSError as error:
        remedy = "choose a folder that exists and may be written to"
        raise HomeroomError("cli.write", "the file cannot be written", remedy, file.name) from error
    finally:
        part.unlink(missing_ok=True)
    told.payload["out"] = str(file)
    return told


def _tell(told: Any, console: Console) -> None:
    for line in told.lines:
        console.say(line)
    console.result({"ok": told.code == 0, **told.payload})
    if told.code:
        raise typer.Exit(told.code)
