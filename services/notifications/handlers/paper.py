"""The print queue: runs are asked for by the office, made in parts beside the worker, and settled letter by letter.

Whether a family may have a letter is asked when it is written, when its file is fetched and when it is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.notifications.domain.ladder import SETTLED, End, LetterState
from services.notifications.handlers import grounds, handing, lettering, rendering
from services.notifications.handlers.delivering import Transaction
from services.notifications.paper.letter import Letter, job
from services.notifications.paper.press import Press, Spoiled
from services.notifications.ports import Ports
from services.notifications.store import ladder as climb
from services.notifications.store import ledger, messages, paper
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.paper.printed import Printed

Row = Mapping[str, Any]

PART = 50  # letters: some seconds of one process
MOST = 1_000  # letters in a run
LEASE = timedelta(minutes=10)
MOST_TRIES = 3
WORDS_WITHIN = timedelta(minutes=2)  # how long a run waits for translation to give the words around the letters
LOOK_AGAIN = timedelta(seconds=5)
GIVEN = {LetterState.HANDED_OVER, LetterState.POSTED}


def ask_run(uow: UnitOfWork, *, school_id: str, staff_id: str, duplex: bool) -> str | None:
    """Everything that waits at the school, as one run in the order of names; None where nothing does."""
    letters = sorted(paper.waiting(uow.connection, [school_id], limit=MOST), key=_by_name)
    if not letters:
        return None
    run_id = new_id()
    lettering.ask(uow, {row["language"] for row in letters})
    run = {
        "run_id": run_id, "school_id": school_id, "asked_by": staff_id, "duplex": duplex, "letters": len(letters),
        "asked_at": uow.now,
    }  # fmt: skip
    parts = [letters[start : start + PART] for start in range(0, len(letters), PART)]
    paper.save_run(
        uow.connection,
        run,
        [
            {"run_id": run_id, "part": number, "state": "asked", "due_at": uow.now, "attempts": 0, "letters": len(part)}
            for number, part in enumerate(parts, start=1)
        ],
        [
            {
                "letter_id": row["letter_id"], "school_id": school_id, "state": LetterState.PRINTING.value, "why": row["why"],
                "run_id": run_id, "part": number, "place": place, "settled_at": None, "settled_by": None,
            }
            for number, part in enumerate(parts, start=1)
            for place, row in enumerate(part, start=1)
        ],
    )  # fmt: skip
    uow.wake()
    return run_id


def _by_name(row: Row) -> tuple[str, str, str]:
    return row["family_name"] or "", row["given_name"] or "", row["letter_id"]


def make(transaction: Transaction, ports: Ports, press: Press) -> int:
    """One look: bind what the press has finished, give it the next part. Returns how much was done; waits for nothing."""
    with transaction() as uow:
        district = uow.district
        if (done := press.finished(lambda key: key[0] == district, uow.now)) is not None:
            _bind(uow, *done)
            return 1
        if not press.idle:
            return 0
        part = paper.claim_part(uow.connection, uow.now, uow.now + LEASE)
        if part is None:
            return 0
        letters, now = _write(uow, ports, part), uow.now
    if not letters:
        return 1
    work = job(list(letters.values()), duplex=part["duplex"])
    press.start((district, part["run_id"], str(part["part"]), str(part["attempts"]), *letters), work, now)
    return 0


def _write(uow: UnitOfWork, ports: Ports, part: Row) -> dict[str, Letter]:
    """What goes to the press, by letter; nothing where there is nothing to print now."""
    letters = _still_allowed(uow, _in_print(uow, part["run_id"], part["part"]))
    languages = {row["language"] for row in letters}
    if part["attempts"] > MOST_TRIES:
        _give_up(uow, part, letters)
        return {}
    if uow.now < part["asked_at"] + WORDS_WITHIN and lettering.awaited(uow, languages):
        paper.change_part(
            uow.connection, part["run_id"], part["part"], state="asked", due_at=uow.now + LOOK_AGAIN,
            attempts=part["attempts"] - 1,
        )  # fmt: skip
        return {}
    deliveries = messages.deliveries(uow.connection, (row["letter_id"] for row in letters))
    written = lettering.write(uow, ports, letters, deliveries, code=part["run_id"][-4:].upper())
    wordless = [row["letter_id"] for row in letters if row["letter_id"] not in written]
    paper.settle_letters(uow.connection, wordless, LetterState.WAITING, now=uow.now, by=None, settled=False)
    if not written:
        paper.change_part(uow.connection, part["run_id"], part["part"], state="made", due_at=None, made_at=uow.now, pdf=None)
    return {row["letter_id"]: written[row["letter_id"]] for row in letters if row["letter_id"] in written}


def _in_print(uow: UnitOfWork, run_id: str, part: int) -> list[Row]:
    """Letters of the part that are in it for good: also those of an earlier making that was spoilt by a restriction."""
    return paper.letters_of(
        uow.connection, run_id, part=part, states=(LetterState.PRINTING, LetterState.PRINTED)
    )


def _give_up(uow: UnitOfWork, part: Row, letters: Sequence[Row]) -> None:
    """The part cannot be made: its letters wait again, and the page says so."""
    paper.change_part(uow.connection, part["run_id"], part["part"], state="failed", due_at=None)
    ids = [row["letter_id"] for row in letters if row["state"] == LetterState.PRINTING]
    paper.settle_letters(uow.connection, ids, LetterState.WAITING, now=uow.now, by=None, settled=False)


def _bind(uow: UnitOfWork, key: tuple[str, ...], result: Printed | Spoiled) -> None:
    """Keep the file and mark its letters as on paper, unless another worker has taken the part over.

    A letter that was pulled while it was printed must not be in it: the part is made again.
    """
    _, run_id, number, attempts, *inside = key
    part = int(number)
    if not paper.part_in_hand(uow.connection, run_id, part, int(attempts)):
        return
    wanted = {row["letter_id"] for row in _in_print(uow, run_id, part)}
    if isinstance(result, Spoiled) or not wanted.issuperset(inside):
        paper.change_part(uow.connection, run_id, part, state="asked", due_at=uow.now)
        return
    paper.change_part(
        uow.connection, run_id, part, state="made", due_at=None, made_at=uow.now, pdf=result.pdf, pages=sum(result.pages),
        missing=" ".join(result.missing) or None,
    )  # fmt: skip
    paper.mark_printed(uow.connection, inside, uow.now)
    entries = [(letter, "printed", f"letter {run_id[-4:].upper()}, part {part}") for letter in inside]
    messages.trace(uow.connection, entries, uow.now)


def _still_allowed(uow: UnitOfWork, letters: Sequence[Row], *, written: bool = False) -> list[Row]:
    """Without those that may not go any more; they are pulled from the queue."""
    refused = refusals(uow, [row["letter_id"] for row in letters], written=written)
    pull(uow, refused)
    return [row for row in letters if row["letter_id"] not in refused]


def refusals(uow: UnitOfWork, letter_ids: Sequence[str], *, written: bool = False) -> dict[str, str]:
    """Why each of these may not be given now: policy's word, or that it was recalled or has expired.

    `written`: its words are on paper already, so that one child too many of those it tells of closes it.
    """
    rows = messages.deliveries(uow.connection, letter_ids)
    if not rows:
        return {}
    facts = grounds.ground(uow, rows)
    found = {}
    for row in rows:
        reason = grounds.refusal(uow, row, facts, grounds.weight_of(row, facts))
        if written and set(grounds.tellable(uow, row, facts)) != set(row["students"]):
            reason = reason or "restriction"
        reason = reason or grounds.over(row, facts.messages[row["message_id"]], uow.now)
        if reason is not None:
            found[row["delivery_id"]] = reason
    return found


def pull(uow: UnitOfWork, refused: Mapping[str, str]) -> None:
    """These letters must not reach anybody: off the queue, off the ladder, their calls called off.

    A file that one of them is in is made anew without it.
    """
    if not refused:
        return
    rows = messages.deliveries(uow.connection, refused)
    changes = []
    for row in rows:
        reason = refused[row["delivery_id"]]
        if row["state"] == "letter":
            state = reason if reason in ("expired", "recalled") else "refused"
            changes.append({"b_id": row["delivery_id"], "state": state, "reason": reason, "due_at": None})
    rendering.say_held(uow, [(row, refused[row["delivery_id"]], None) for row in rows])
    messages.change(uow.connection, changes)
    messages.trace(uow.connection, [(known, "letter pulled", reason) for known, reason in refused.items()], uow.now)
    paper.settle_letters(uow.connection, refused, LetterState.PULLED, now=uow.now, by=None, settled=True)
    paper.remake_parts(uow.connection, refused, uow.now)
    leave(uow, refused, End.REFUSED)
    uow.wake()


def leave(uow: UnitOfWork, delivery_ids: Iterable[str], how: End) -> None:
    """Off the ladder: nobody need call about these any more."""
    ids = list(delivery_ids)
    climb.end_steps(uow.connection, ids, how.value, uow.now)
    tasks = climb.tasks_of_deliveries(uow.connection, ids)
    if tasks:
        ledger.close_tasks(uow.connection, tasks, uow.now)


def fetch(uow: UnitOfWork, run_id: str, part: int) -> bytes | None:
    """The part's file, if everybody in it may still have their letter; else it is made anew without them, and None."""
    refused = refusals(uow, [row["letter_id"] for row in _in_print(uow, run_id, part)], written=True)
    if refused:
        pull(uow, refused)
        return None
    return paper.file_of(uow.connection, run_id, part)


def settle(uow: UnitOfWork, letter_ids: Sequence[str], outcome: LetterState, staff_id: str) -> tuple[int, int]:
    """What the office did with these; returns how many that holds for, and how many were pulled instead."""
    rows = paper.letters(uow.connection, letter_ids)
    open_ones = [row for row in rows if row["state"] in (LetterState.PRINTED, LetterState.POSTED)]
    allowed = _still_allowed(uow, open_ones, written=True) if outcome in GIVEN else open_ones
    ids = [row["letter_id"] for row in allowed]
    if ids:
        paper.settle_letters(uow.connection, ids, outcome, now=uow.now, by=staff_id, settled=True)
        handing.tell(uow, ids, outcome, first=[row["letter_id"] for row in allowed if row["state"] == LetterState.PRINTED])
        if outcome is LetterState.HANDED_OVER:
            leave(uow, ids, End.HANDED_OVER)
        paper.drop_settled_files(uow.connection, {row["run_id"] for row in allowed}, SETTLED)
    return len(ids), len(open_ones) - len(ids)
