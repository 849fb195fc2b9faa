"""`homeroom memory` and `homeroom glossary` on real files and a real district, and the same tables on PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from services.translation.catalogue import load
from services.translation.domain import memory as rules
from services.translation.domain.glossary import Glossary, Term
from services.translation.engines.apertium import Apertium
from services.translation.exchange import glossary_csv
from services.translation.store import glossary, memory
from services.translation.store.memory_near import NearMemory
from services.translation.tables import METADATA
from services.translation.translator import Request, Translator
from shared.backing.state import REPOSITORY
from shared.cli.app import app
from shared.clock import monotonic
from shared.errors import HomeroomError

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
WORDS = "term,target,translation,part_of_speech,forbidden\nsub,es,maestro suplente,noun,submarino\n"
TMX = """<tmx version="1.4"><header srclang="en"/><body><tu><tuv xml:lang="en"><seg>A sub is late.</seg></tuv>
<tuv xml:lang="es"><seg>Un submarino llega tarde.</seg></tuv></tu></body></tmx>"""


def told(*arguments: str, code: int = 0) -> dict:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout.splitlines()[-1])


def test_words_and_texts_go_in_are_checked_and_come_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "words.csv").write_text(WORDS, encoding="utf-8")
    Path("m.tmx").write_text(TMX, encoding="utf-8")
    here = ("--district", "riverside")
    assert told("glossary", "check", ".")["conflicts"] == []
    assert told("glossary", "import", ".", *here)["imported"] == 1
    assert told("memory", "import", "m.tmx", "--approved-by", "t-abdi", *here) == {"ok": True, "learned": 1, "left_out": {}}
    against = told("glossary", "check", *here, code=2)["against"]
    assert {each["kind"] for each in against} == {"glossary_missing", "glossary_forbidden"}
    for name, kind in (("o.tmx", "memory"), ("o.xlf", "memory"), ("o.xliff", "memory"), ("o.csv", "glossary"), ("o.tbx", "glossary")):
        more = ("--target", "es") if kind == "memory" else ()
        out = told(kind, "export", name, *more, *here)
        assert (out.get("units") or out.get("terms"), Path(name).exists()) == (1, True)
    assert told("memory", "import", "o.xlf", "--approved-by", "t-abdi", *here)["learned"] == 1
    assert told("glossary", "import", "o.tbx", *here)["imported"] == 1
    broken = CliRunner().invoke(app, ["memory", "import", "glossary/words.csv", "--approved-by", "x", *here])
    assert isinstance(broken.exception, HomeroomError)


def test_the_district_s_word_comes_through_a_real_engine():
    """F11: "sub" is a substitute teacher in class and a sandwich at lunch."""
    words = Glossary(glossary_csv.read(REPOSITORY / "deploy" / "districts" / "riverside" / "glossary" / "school.csv"))
    texts = ["A sub will teach Friday 2 Oct, 8:05.", "We have a turkey sub for lunch."]
    requests = [Request(str(number), 1, "en", "es", text) for number, text in enumerate(texts)]
    translator = Translator(load(), [Apertium()])
    made = translator.translate(requests, remembered={}, signed={}, deadline=monotonic() + 30, glossary=words)
    translator.close()
    assert [(outcome.machine, outcome.glossary_hits) for outcome in made] == [(True, 1), (True, 1)]
    assert "maestro suplente" in made[0].text and "2 de octubre" in made[0].text and "8:05" in made[0].text
    assert "bocadillo" in made[1].text


def test_memory_and_glossary_are_kept_alike_on_postgresql(pg_database: str):
    engine = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    near = NearMemory()
    with engine.begin() as connection:
        METADATA.create_all(connection)
        entries = [rules.remember(f"Bring the {each} on Monday", f"Traiga {each}", names=(), source="en", target="es") for each in ("map", "cup")]
        memory.remember(connection, entries, source="en", target="es", approved_by="t", now=NOW, kept=[{"unit": {}}, None])
        assert set(memory.remembered(connection, [entry.key for entry in entries])) == {entry.key for entry in entries}
        (best, *_) = near.nearest(connection, "bring the maps on monday", source="en", target="es")
        assert best.row["target_text"] == "Traiga map" and best.row["kept"] == {"unit": {}}
        assert len(memory.concordance(connection, "MONDAY", target=None)) == 2
        assert [row["source_text"] for row in memory.everything(connection, target="es")] == ["Bring the cup on Monday", "Bring the map on Monday"]
        glossary.save(connection, [Term("sub", "suplente", "es", near=("class",))] * 1, origin="page", by="t", now=NOW)
        glossary.save(connection, [Term("sub", "maestro suplente", "es", near=("class",))], origin="page", by="t", now=NOW)
        assert [(term.translation, term.near) for term in glossary.terms(connection)] == [("maestro suplente", ("class",))]
        assert memory.forget(connection, entries[0].key) and not memory.forget(connection, entries[0].key)
    engine.dispose()
