"""What `homeroom memory` and `homeroom glossary` do: lines for people, plain data for --json, and whether all is well."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from services.translation.domain.glossary import Glossary, Term
from services.translation.domain.glossary_conflicts import conflicts
from services.translation.exchange import glossary_csv, tbx, tmx, xliff
from services.translation.exchange.entries import Learned, Refused, learned, together, units_of
from services.translation.exchange.units import Unit
from services.translation.exchange.xml import ExchangeError
from services.translation.store import glossary as terms_store
from services.translation.store import memory as store
from shared.messaging.uow import UnitOfWork

DONE, REFUSED, INCOMPLETE = 0, 1, 2
BATCH = 2_000
MOST_TOLD = 50
_VERSION = "1"


@dataclass(slots=True)
class Told:
    """`code`: 0 all well, 1 refused, 2 done but something is to be looked at."""

    lines: list[str] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)
    code: int = DONE


def import_memory(uow: UnitOfWork, path: Path, *, approved_by: str, source: str, target: str) -> Told:
    """Learn the approved units of a TMX or XLIFF file; all or, where the file is broken, nothing."""
    if not approved_by.strip():
        raise ExchangeError(
            "APPROVED_BY", "nobody stands for these translations", "say who: --approved-by NAME", file=path.name
        )
    read = {".tmx": tmx.read, ".xlf": xliff.read, ".xliff": xliff.read}.get(path.suffix.lower())
    if read is None:
        raise ExchangeError("KIND", "the kind of file is not known", "give a .tmx, .xlf or .xliff", file=path.name)
    left_out: Counter[str] = Counter()
    told = Told()
    count = 0
    found = learned(read(path), source=source, target=target or None)
    while batch := list(islice(found, BATCH)):
        good = [each for each in batch if isinstance(each, Learned)]
        for refused in (each for each in batch if isinstance(each, Refused)):
            left_out[refused.reason] += 1
            if left_out.total() <= MOST_TOLD:
                told.lines.append(f"{path.name}:{refused.line}: left out: {refused.reason}")
        _learn(uow, good, approved_by=approved_by, origin=path.name)
        count += len(good)
    told.payload = {"learned": count, "left_out": dict(left_out)}
    told.code = INCOMPLETE if left_out else DONE
    told.lines.append(f"{path.name}: {count} learned, {left_out.total()} left out")
    return told


def _learn(uow: UnitOfWork, good: Iterable[Learned], *, approved_by: str, origin: str) -> None:
    groups: dict[tuple[str, str, str], list[Learned]] = defaultdict(list)
    for each in good:
        groups[each.source, each.target, each.approved_by or approved_by].append(each)
    for (source, target, by), members in groups.items():
        store.remember(
            uow.connection,
            [each.entry for each in members],
            source=source,
            target=target,
            approved_by=by,
            now=uow.now,
            origin=origin,
            kept=[each.kept for each in members],
        )


def export_memory(uow: UnitOfWork, out: BinaryIO, *, form: str, source: str, target: str) -> Told:
    """Write the memory as `form`: tmx, xliff-1.2 or xliff-2.0 (one target language)."""
    rows = store.everything(uow.connection, source=source, target=target or None)
    if form == "tmx":
        units: Iterator[Unit] = together(units_of(rows))
        count = tmx.write(out, units, source=source, tool_version=_VERSION)
    else:
        if not target:
            remedy = "name one with --target"
            raise ExchangeError("LANGUAGE", "an XLIFF file has one target language", remedy, file=form)
        version = form.removeprefix("xliff-")
        units = units_of(rows, ours=partial(xliff.ours, version=version))
        count = xliff.write(out, units, source=source, target=target, version=version)
    return Told([f"{count} units written"], {"units": count, "format": form})


def read_glossary(path: Path, *, source: str = "en") -> dict[str, list[Term]]:
    """Terms by the file they are in: of one file, or of a district's folder."""
    folder = path / "glossary" if (path / "glossary").is_dir() else path
    files = sorted(each for each in folder.iterdir() if each.suffix in (".csv", ".tbx")) if folder.is_dir() else [path]
    return {
        file.name: list(tbx.read(file, source=source) if file.suffix == ".tbx" else glossary_csv.read(file))
        for file in files
    }


def check_glossary(path: Path, *, source: str = "en") -> Told:
    """What is wrong in the files; exit 1 where anything is."""
    by_file = read_glossary(path, source=source)
    found = conflicts(term for terms in by_file.values() for term in terms)
    told = Told([str(each) for each in found], code=REFUSED if found else DONE)
    told.payload = {"terms": sum(map(len, by_file.values())), "files": list(by_file), "conflicts": list(told.lines)}
    told.lines.append(f"{told.payload['terms']} terms, {len(found)} conflicts")
    return told


def import_glossary(uow: UnitOfWork, path: Path, *, by: str, source: str) -> Told:
    """Make the terms of a file, or of a district's folder, what its files say; nothing where they contradict themselves."""
    by_file = read_glossary(path, source=source)
    others = [terms_store.as_term(row) for row in terms_store.rows(uow.connection) if row["origin"] not in by_file]
    new = {term.id: term for terms in by_file.values() for term in terms}
    found = conflicts(
        [*(term for terms in by_file.values() for term in terms), *(t for t in others if t.id not in new)]
    )
    if found:
        told = Told([str(each) for each in found], {"imported": 0, "conflicts": [str(each) for each in found]}, REFUSED)
        told.lines.append("refused; nothing is imported")
        return told
    removed = 0
    for origin, terms in by_file.items():
        ids = {term.id for term in terms}
        removed += terms_store.remove(uow.connection, terms_store.ids_from(uow.connection, origin) - set(new))
        terms_store.save(uow.connection, [new[each] for each in sorted(ids)], origin=origin, by=by, now=uow.now)
    lines = [f"{len(new)} terms imported, {removed} removed"]
    return Told(lines, {"imported": len(new), "removed": removed, "conflicts": []})


def export_glossary(uow: UnitOfWork, out: BinaryIO, *, form: str) -> Told:
    """Write the glossary as csv or tbx."""
    terms = terms_store.terms(uow.connection)
    count = tbx.write(out, terms) if form == "tbx" else glossary_csv.write(out, terms)
    return Told([f"{count} terms written"], {"terms": count, "format": form})


def check_memory(uow: UnitOfWork) -> Told:
    """Approved translations that go against the glossary: they are sent as they are, and somebody ought to look."""
    terms = terms_store.terms(uow.connection)
    found = list(islice(against(uow, Glossary(terms)), MOST_TOLD))
    own = [str(each) for each in conflicts(terms)]
    told = Told([*own, *(f"memory {key}: {kind}: “{term}”" for key, kind, term in found)])
    told.payload = {
        "conflicts": own,
        "against": [{"key": key, "kind": kind, "term": term} for key, kind, term in found],
    }
    told.code = INCOMPLETE if own or found else DONE
    told.lines.append(f"{len(terms)} terms, {len(own)} conflicts, {len(found)} entries of the memory against them")
    return told


def against(uow: UnitOfWork, glossary: Glossary) -> Iterator[tuple[str, str, str]]:
    """(memory key, kind, term) for every approved translation that breaks the glossary."""
    if not glossary.terms:
        return
    for row in store.everything(uow.connection):
        languages = {"source": row["source_language"], "target": row["target_language"]}
        for breach in glossary.breaches(row["source_text"], row["target_text"], **languages):
            yield row["key"], str(breach.kind), breach.term.term
