"""Do five calendar readers mean the instants that we mean? Files by our writer, read by each, compared occurrence by occurrence.

icalendar (with recurring-ical-events) runs in the product's environment, vobject and khal in the peers', ical.js and node-ical
in Node from `tests/bench/node`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shared.benches import calendar_cases as cases
from shared.benches import peers
from shared.clock import monotonic
from shared.errors import HomeroomError

NODE = peers.ROOT / "tests" / "bench" / "node"
PACKAGES = peers.ROOT / ".venv-bench" / "node"
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = (1, 1, 1, 5, 20, 60)  # entries in a file, in turn


def run(*, events: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`differing_instants`: occurrences that a reader did not find, found elsewhere, or made up, over all readers."""
    wanted = list(cases.cases(events, seed))
    readers = commands(peers.python(), packages())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        begun = monotonic()
        files = write_files(wanted, folder)
        wrote = monotonic() - begun
        say(f"{events} things in {files} files, written in {wrote:.1f} s")
        with ThreadPoolExecutor(max_workers=2) as pool:
            answers = dict(zip(readers, pool.map(lambda name: ask(readers[name], folder), readers), strict=True))
    found = {name: compare(wanted, answer) for name, answer in answers.items()}
    for name, one in found.items():
        say(
            f"{name}: {one['occurrences']} occurrences, {one['differing']} differ, {one['texts']} texts, {one['broken']} files"
        )
    return {
        "events": events,
        "seed": seed,
        "files": files,
        "zones": len({case.zone for case in wanted}),
        "years": [cases.FIRST, cases.LAST],
        "occurrences_meant": sum(len(case.meant()) for case in wanted),
        "readers": found,
        "differing_instants": sum(one["differing"] for one in found.values()),
        "differing_texts": sum(one["texts"] for one in found.values()),
        "broken_files": sum(one["broken"] for one in found.values()),
        "write_s": round(wrote, 2),
    }


def commands(python: Path, node_packages: Path) -> dict[str, list[str]]:
    """How each reader is asked; the folder comes after."""
    scripts = peers.PEERS
    node = shutil.which("node")
    if node is None:
        raise HomeroomError("NO_NODE", "Node.js is not installed", "install Node.js 20 or newer", "bench calendars")
    return {
        "icalendar": [sys.executable, str(scripts / "calendar_icalendar.py"), "{}"],
        "vobject": [str(python), str(scripts / "calendar_vobject.py"), "{}"],
        "khal": [str(python), str(scripts / "calendar_khal.py"), "{}"],
        "ical.js": [node, str(scripts / "calendar_icaljs.mjs"), "{}", str(node_packages)],
        "node-ical": [node, str(scripts / "calendar_nodeical.mjs"), "{}", str(node_packages)],
    }


def packages() -> Path:
    """The Node readers, installed as locked on first use."""
    lock = (NODE / "package-lock.json").read_bytes()
    stamp, wanted = PACKAGES / "lock.sha256", hashlib.sha256(lock).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        PACKAGES.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, PACKAGES / name)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=PACKAGES, check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return PACKAGES


def write_files(wanted: Sequence[cases.Case], folder: Path) -> int:
    """Through `services.scheduling.calendars.writer`, by the name that the launcher knows it by."""
    from importlib import import_module  # the benches measure services without depending on them

    writer = import_module("services.scheduling.calendars.writer")
    at = number = 0
    while at < len(wanted):
        part = wanted[at : at + SIZES[number % len(SIZES)]]
        entries = tuple(entry for case in part for entry in entries_of(writer, case))
        off = len(part) == 1 and part[0].cancelled
        method = writer.Method.CANCEL if off else writer.Method.REQUEST if len(part) == 1 else writer.Method.PUBLISH
        (folder / f"{number:05d}.ics").write_bytes(writer.write(writer.File(entries, method)).encode())
        at, number = at + len(part), number + 1
    return number


def entries_of(writer: Any, case: cases.Case) -> list[Any]:
    """The case as what the product would hand to its writer: instants, and the zone whose wall time they keep."""
    zone = ZoneInfo(case.zone)

    def instant(at: Any) -> Any:
        return at.replace(tzinfo=zone).astimezone(UTC) if isinstance(at, datetime) else at

    first = case.planned[0]
    rule = None
    if case.rule is not None:
        rule = writer.Rule(case.rule, instant(case.planned[-1].start) if case.until else None)
    common = {"uid": case.uid, "stamp": STAMP, "zone": case.zone}
    whole = writer.Entry(
        **common,
        start=instant(first.start),
        end=instant(first.end),
        summary=case.text,
        description=case.text,
        rule=rule,
        except_=tuple(instant(case.planned[n].start) for n in sorted(case.off)),
        status=writer.Status.CANCELLED if case.cancelled else writer.Status.CONFIRMED,
        sequence=int(case.cancelled),
        organizer=writer.Person(case.text[:60], "desk@school.example.org"),
        attendee=writer.Person(case.text[:40], "home@example.org", rsvp=True),
    )
    others = [
        writer.Entry(
            **common,
            start=instant(each.start),
            end=instant(each.end),
            summary=case.text,
            instance=instant(case.planned[n].start),
            sequence=1,
        )
        for n, each in case.moved
    ]
    return [whole, *others]


def ask(command: Sequence[str], folder: Path) -> dict[str, Any]:
    """What a reader found; HomeroomError names the reader where it gave no answer."""
    line = [part.replace("{}", str(folder)) if part == "{}" else part for part in command]
    outcome = subprocess.run(line, capture_output=True, text=True, env=_environment())
    if outcome.returncode:
        tail = outcome.stderr.strip().splitlines()[-1:]
        raise HomeroomError(
            "READER_FAILED", f"a reader gave no answer: {tail}", "run it by hand", Path(command[1]).name
        )
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "TZ": "UTC"}  # node-ical's whole days are local midnights


def compare(wanted: Sequence[cases.Case], answer: dict[str, Any]) -> dict[str, Any]:
    """Occurrences missing, elsewhere or made up; texts that came out otherwise; the first few by name."""
    events = dict(answer["events"])
    differing = texts = occurrences = 0
    examples: list[Any] = []
    for case in wanted:
        rows = events.pop(case.uid, [])
        occurrences += len(rows)
        meant, read = case.meant(), sorted(((row[0], row[1]) for row in rows), key=str)
        wrong = _difference(meant, read)
        differing += wrong
        texts += any(row[2] != mark(case.text) for row in rows)
        states = {row[3] for row in rows}
        differing += bool(rows) and states != {"CANCELLED" if case.cancelled else "CONFIRMED"}
        if wrong and len(examples) < 3:
            examples.append({"uid": case.uid, "zone": case.zone, "rule": case.rule, "wrong": wrong})
    differing += sum(len(rows) for rows in events.values())
    found: dict[str, Any] = {"occurrences": occurrences, "differing": differing, "texts": texts}
    return {
        **found,
        "broken": len(answer["broken"]),
        "examples": examples,
        "errors": list(answer["broken"].values())[:3],
    }


def _difference(meant: Sequence[Any], read: Sequence[Any]) -> int:
    left = list(read)
    missing = 0
    for each in meant:
        if each in left:
            left.remove(each)
        else:
            missing += 1
    return missing + len(left)


def mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
