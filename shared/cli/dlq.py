"""`homeroom dlq list|show|replay|discard`: dead letters, grouped by what they died of."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.console import Console
from shared.errors import HomeroomError

if TYPE_CHECKING:
    from shared.messaging.dead_letters import DeadLetter, DeadLetterBox
    from shared.messaging.runtime import Runtime

CellFile = Annotated[Path | None, typer.Option("--cell", help="The cell file; without it, embedded in ./.state.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids as `show` and `list --letters` print them.")]
Alike = Annotated[str | None, typer.Option("--fingerprint", help="All that died of this.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; touch nothing.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Dead letters: exit 0 done, 1 refused or not found.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("list")(list_)
    for verb in (show, replay, discard):
        group.command(verb.__name__)(verb)
    app.add_typer(group, name="dlq")


def list_(
    cell: CellFile = None,
    service: Annotated[str | None, typer.Option(help="Only this one's (`relay`: unroutable events).")] = None,
    letters: Annotated[bool, typer.Option("--letters", help="Each letter, not only the groups.")] = False,
    as_json: Json = False,
) -> None:
    """Groups of dead letters, the largest first."""
    from shared.messaging.dead_letters import groups

    console = Console(as_json=as_json)
    with _open(cell) as opened:
        chosen = [letter for letter in opened.letters if service in (None, letter.service)]
    found = groups(chosen)
    for group in found:
        console.say(f"{group.fingerprint}  {group.count:>6}  {group.service}  {group.type or '?'}  {group.reason}")
        console.say(
            f"{'':14}first {group.first or '?'}, last {group.last or '?'}, districts {', '.join(group.districts) or '?'}"
        )
        if letters:
            for letter in chosen:
                if letter.fingerprint == group.fingerprint:
                    console.say(f"{'':14}{letter.id}  {letter.district or '?'}  {letter.at or '?'}")
    if not found:
        console.say("no dead letters")
    each = {"letters": [_brief(letter) for letter in chosen]} if letters else {}
    console.result({"ok": True, "count": len(chosen), "groups": [asdict(group) for group in found], **each})


def show(identity: Annotated[str, typer.Argument(metavar="ID")], cell: CellFile = None, as_json: Json = False) -> None:
    """One dead letter: why it died and its clear fields; sealed ones stay sealed."""
    from shared.messaging.dead_letters import describe

    console = Console(as_json=as_json)
    with _open(cell) as opened:
        letter = _chosen(opened.letters, [identity], None)[0]
    described = describe(letter)
    for name, value in described.items():
        console.say(f"{name:<16} {value}")
    console.result({"ok": True, "letter": described})


def replay(
    ids: Ids = None,
    alike: Alike = None,
    cell: CellFile = None,
    rate: Annotated[float, typer.Option(min=0.1, help="At most so many a second.")] = 50.0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give dead letters back to the service they died in. Refuses all when one of them cannot be helped that way."""
    from shared.messaging import dead_letters

    console = Console(as_json=as_json)
    with _open(cell) as opened:
        chosen = _chosen(opened.letters, ids or [], alike)
        for letter in chosen:
            refused = dead_letters.refusal(letter, opened.runtime.cell.districts)
            if refused is not None:
                raise refused
        if not dry_run:
            dead_letters.replay(
                opened.box,
                chosen,
                note=lambda letter: _audit(opened.runtime, letter, "operations.dead_letter_replayed"),
                pause=threading.Event().wait,
                rate=rate,
            )
    _done(console, "would replay" if dry_run else "replayed", chosen, dry_run)


def discard(
    ids: Ids = None, alike: Alike = None, cell: CellFile = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Delete dead letters for good; the audit log of their district keeps that they were."""
    console = Console(as_json=as_json)
    with _open(cell) as opened:
        chosen = _chosen(opened.letters, ids or [], alike)
        if not dry_run:
            for letter in chosen:
                _audit(opened.runtime, letter, "operations.dead_letter_discarded")
                opened.box.drop(letter)
    _done(console, "would discard" if dry_run else "discarded", chosen, dry_run)


@dataclass(frozen=True)
class _Opened:
    runtime: Runtime
    box: DeadLetterBox
    letters: Sequence[DeadLetter]


@contextmanager
def _open(cell_file: Path | None) -> Iterator[_Opened]:
    from shared.backing.state import state_root
    from shared.launcher.components import SERVICES
    from shared.launcher.process import build_runtime
    from shared.messaging.dead_letter_boxes import open_box
    from shared.tenancy.cell import embedded_cell, load_cell

    if cell_file is not None:
        cell = load_cell(cell_file)
    else:
        state = state_root()
        cell = embedded_cell(state, tuple(sorted(p.name for p in (state / "districts").glob("*") if p.is_dir())))
    box = open_box(cell, [component.name for component in SERVICES])
    runtime = build_runtime(cell)
    try:
        yield _Opened(runtime, box, box.letters())
    finally:
        box.close()
        runtime.databases.dispose()


def _chosen(letters: Sequence[DeadLetter], ids: Sequence[str], alike: str | None) -> list[DeadLetter]:
    if bool(ids) == bool(alike):
        raise HomeroomError("dlq.choice", "nothing, or two things, chosen", "give ids or --fingerprint, not both")
    if alike:
        found = [letter for letter in letters if letter.fingerprint == alike]
        missing = [] if found else [alike]
    else:
        found = [letter for letter in letters if letter.id in ids]
        missing = sorted(set(ids) - {letter.id for letter in found})
    if missing:
        raise HomeroomError(
            "dlq.not_found", f"no dead letter {', '.join(missing)}", "see `homeroom dlq list --letters`"
        )
    return found


def _audit(runtime: Runtime, letter: DeadLetter, type_: str) -> None:
    """In the log of the letter's district; a letter of no district of ours has no log to be in."""
    from shared.audit import store
    from shared.audit.entry import Entry
    from shared.ids import new_id

    if letter.district is None or letter.district not in runtime.cell.districts:
        return
    now = runtime.clock.now()
    facts = {
        "event_id": letter.event_id,
        "type": letter.type,
        "service": letter.service,
        "fingerprint": letter.fingerprint,
    }
    entry = Entry(new_id(), type_, f"operator:{getpass.getuser()}", "", now, facts)
    with runtime.databases.transaction("audit", letter.district) as connection:
        store.append(connection, [entry], now, district=letter.district)


def _brief(letter: DeadLetter) -> dict[str, Any]:
    names = ("id", "service", "district", "type", "reason", "fingerprint", "at")
    return {name: getattr(letter, name) for name in names}


def _done(console: Console, what: str, chosen: Sequence[DeadLetter], dry_run: bool) -> None:
    console.say(f"{what} {len(chosen)}")
    console.result({"ok": True, "count": len(chosen), "ids": [letter.id for letter in chosen], "dry_run": dry_run})
