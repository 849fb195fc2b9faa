"""Files of other programs: in and out without loss, and hostile or broken ones named by line and refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from services.translation.domain import memory
from services.translation.domain.glossary import PartOfSpeech, Term
from services.translation.exchange import glossary_csv, tbx, tmx, verbs, xliff
from services.translation.exchange.entries import Learned, LeftOut, Refused, learned, together, units_of
from services.translation.exchange.units import Unit, Variant
from services.translation.exchange.xml import ExchangeError, Inline, as_json, from_json
from shared.errors import HomeroomError

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY = st.text(st.characters(codec="utf-8", exclude_characters="⟦⟧", exclude_categories=["Cs", "Co"]), max_size=40)
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=20)
NAMES = st.sampled_from(["i", "x", "type"])
INLINE = st.recursive(
    st.builds(Inline, st.sampled_from(["ph", "it"]), st.dictionaries(NAMES, PLAIN, max_size=2).map(lambda d: tuple(sorted(d.items()))), st.just(())),
    lambda inner: st.builds(Inline, st.sampled_from(["hi", "bpt", "g"]), st.just(()), st.lists(inner, max_size=2).map(tuple)),
    max_leaves=3,
)


def merged(pieces):
    """Neighbouring texts are one, as XML has them."""
    out = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        elif piece != "":
            out.append(piece)
    return tuple(out)


PIECES = st.lists(st.one_of(PLAIN, INLINE), max_size=4).map(merged)
BESIDE = st.lists(st.tuples(st.just((("type", "x-a"),)), PLAIN), max_size=2).map(tuple)
UNITS = st.lists(
    st.builds(
        Unit,
        st.tuples(st.builds(Variant, st.just("en"), PIECES, st.just(()), BESIDE, BESIDE), st.builds(Variant, st.just("es-MX"), PIECES)),
        st.just((("tuid", "7"),)), BESIDE, BESIDE, source=st.just("en"),
    ),
    max_size=3,
)  # fmt: skip


def file(tmp_path: Path, content: bytes | str, name: str = "given.tmx") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@FEW
@given(UNITS)
def test_a_tmx_file_reads_back_as_it_was_with_markup_notes_and_properties(tmp_path, units):
    out = io.BytesIO()
    assert tmx.write(out, units, source="en", tool_version="1") == len(units)
    assert list(tmx.read(file(tmp_path, out.getvalue()))) == units


@FEW
@given(UNITS, st.sampled_from(["1.2", "2.0"]))
def test_xliff_reads_back_its_segments_and_notes(tmp_path, units, version):
    out = io.BytesIO()
    xliff.write(out, units, source="en", target="es", version=version)
    back = list(xliff.read(file(tmp_path, out.getvalue(), "given.xlf")))
    assert [[variant.pieces for variant in unit.variants] for unit in back] == [[variant.pieces for variant in unit.variants] for unit in units]
    assert [[text for _, text in unit.notes] for unit in back] == [[text for _, text in unit.notes] for unit in units]


@FEW
@given(PIECES)
def test_markup_survives_the_database(pieces):
    assert from_json(as_json(pieces)) == pieces


def row(text: str, translation: str, *, names=(), context="", target="es"):
    entry = memory.remember(text, translation, names=names, source="en", target=target, context=context)
    return {
        "key": entry.key, "source_language": "en", "target_language": target, "source_text": entry.source_text,
        "target_text": entry.target_text, "slots": entry.slots, "context": context, "approved_by": "t-abdi",
        "approved_at": datetime(2026, 9, 1, tzinfo=UTC), "kept": None,
    }  # fmt: skip


@FEW
@given(ANY.filter(str.strip), ANY.filter(str.strip), st.sampled_from(["tmx", "1.2", "2.0"]))
@example("At 8:05, and not after", "A las 8:05, a más tardar", "tmx")
@example("At 8:05, and not after", "A las 8:05, a más tardar", "1.2")
@example("At 8:05, and not after", "A las 8:05, a más tardar", "2.0")
def test_an_entry_of_ours_comes_back_with_its_own_key_slots_and_context(tmp_path, text, translation, form):
    try:
        given_ = row(f"{text} Riya 8:05", f"{translation} 8:05 Riya", names=["Riya"], context="concern")
    except memory.NotTheSame:
        assume(False)
    assume("\x00" not in text + translation)  # no database holds it
    out = io.BytesIO()
    if form == "tmx":
        tmx.write(out, units_of([given_]), source="en", tool_version="1")
        back = list(learned(tmx.read(file(tmp_path, out.getvalue())), source="en"))
    else:
        units = units_of([given_], ours=partial(xliff.ours, version=form))
        xliff.write(out, units, source="en", target="es", version=form)
        back = list(learned(xliff.read(file(tmp_path, out.getvalue(), "a.xlf")), source="en"))
    (one,) = back
    assert isinstance(one, Learned)
    assert (one.entry.source_text, one.entry.target_text) == (given_["source_text"], given_["target_text"])
    assert (one.entry.key, one.entry.slots, one.entry.context, one.approved_by) == (given_["key"], given_["slots"], "concern", "t-abdi")


def test_what_another_program_wrote_goes_out_as_it_came_in(tmp_path):
    foreign = b"""<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en-US" datatype="x" segtype="sentence" adminlang="en" o-tmf="OmegaT" creationtool="OmegaT" creationtoolversion="5"/>
<body><tu tuid="a1" creationid="MARIA"><note>school</note><prop type="file">a.docx</prop>
<tuv xml:lang="en-US"><seg>The <bpt i="1">&lt;b&gt;</bpt>bus<ept i="1">&lt;/b&gt;</ept> leaves at 8:05.</seg></tuv>
<tuv xml:lang="es" changeid="ana"><seg>El <bpt i="1">&lt;b&gt;</bpt>bus<ept i="1">&lt;/b&gt;</ept> sale a las 8:05.</seg></tuv></tu></body></tmx>"""
    before = list(tmx.read(file(tmp_path, foreign)))
    (one,) = learned(before, source="en")
    assert "8:05" not in one.entry.source_text and one.target == "es"
    stored = row("x", "x") | {"kept": one.kept}
    out = io.BytesIO()
    tmx.write(out, units_of([stored]), source="en", tool_version="1")
    again = list(tmx.read(file(tmp_path, out.getvalue())))
    assert [(unit.variants, unit.notes, unit.props, unit.attributes) for unit in again] == [
        (unit.variants, unit.notes, unit.props, unit.attributes) for unit in before
    ]


def test_languages_of_one_text_may_stand_in_one_unit(tmp_path):
    units = [Unit((Variant("en", ("Hi",)), Variant(tag, (text,))), source="en") for tag, text in (("es", "Hola"), ("fr", "Salut"))]
    (one,) = together(units)
    assert [variant.language for variant in one.variants] == ["en", "es", "fr"]
    assert [each.target for each in learned([one], source="en")] == ["es", "fr"]


def test_utf_16_is_read(tmp_path):
    text = '<?xml version="1.0" encoding="UTF-16"?><tmx version="1.4"><header srclang="en"/><body><tu><tuv xml:lang="en"><seg>Hi</seg></tuv><tuv xml:lang="ar"><seg>أهلاً</seg></tuv></tu></body></tmx>'
    (unit,) = tmx.read(file(tmp_path, text.encode("utf-16")))
    assert unit.variants[1].text == "أهلاً"


def test_only_what_translators_call_approved_is_learned_and_the_rest_is_counted_by_line(tmp_path):
    content = """<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file source-language="en" target-language="es" original="a" datatype="plaintext"><body>
<trans-unit id="1" approved="yes"><source>Bus</source><target>Autobús</target></trans-unit>
<trans-unit id="2"><source>Late</source><target state="needs-review-translation">Tarde</target></trans-unit>
<trans-unit id="3"><source>At 8:05</source><target state="final">A las 9:05</target></trans-unit>
<trans-unit id="4"><source>Open</source></trans-unit>
<trans-unit id="5"><source>Empty</source><target state="final"> </target></trans-unit></body></file></xliff>"""
    found = list(learned(xliff.read(file(tmp_path, content, "a.xlf")), source="en"))
    assert [each.entry.target_text if isinstance(each, Learned) else each for each in found] == [
        "Autobús", Refused(LeftOut.NOT_APPROVED, 3), Refused(LeftOut.LOST, 4), Refused(LeftOut.EMPTY, 6),
    ]  # fmt: skip


LAUGHS = '<!DOCTYPE tmx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
XXE = '<!DOCTYPE tmx [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
PARAMETER = '<!DOCTYPE tmx [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'
TU = '<tmx version="1.4"><header srclang="en"/><body><tu><tuv xml:lang="en"><seg>{0}</seg></tuv><tuv xml:lang="es"><seg>b</seg></tuv></tu></body></tmx>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (LAUGHS + TU.format("&b;"), "EXCHANGE_ENTITIES"), (XXE + TU.format("&x;"), "EXCHANGE_ENTITIES"),
        (PARAMETER + TU.format("a"), "EXCHANGE_ENTITIES"), (TU.format("&nbsp;"), "EXCHANGE_XML"), (TU.format("a")[:-9], "EXCHANGE_XML"),
        ("", "EXCHANGE_XML"), ("hello", "EXCHANGE_XML"), ("<html/>", "EXCHANGE_KIND"), (TU.replace("<seg>{0}</seg>", ""), "EXCHANGE_TUV"),
        (TU.replace(' xml:lang="en"', ""), "EXCHANGE_TUV"), ("<a>" * 300, "EXCHANGE_KIND"), (TU.format("<hi>" * 400), "EXCHANGE_XML"),
        (b"\xff\xfe\x00", "EXCHANGE_XML"), (TU.format("x\x00y"), "EXCHANGE_XML"),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused_by_file_and_line_without_their_text(tmp_path, content, code):
    with pytest.raises(ExchangeError) as refused:
        list(tmx.read(file(tmp_path, content)))
    assert refused.value.code == code
    assert refused.value.where.startswith("given.tmx")
    assert "hostname" not in str(refused.value)


def test_a_file_that_is_not_there_is_an_error_a_person_can_read(tmp_path):
    for read in (tmx.read, xliff.read, tbx.read, glossary_csv.read):
        with pytest.raises(HomeroomError, match="cannot be read"):
            list(read(tmp_path / "absent"))


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=12)
LISTS = st.lists(WORDS, max_size=2).map(tuple)
TERMS = st.lists(
    st.builds(
        Term, WORDS, WORDS, st.sampled_from(["es", "zh-Hans"]), st.just("en"), st.sampled_from(PartOfSpeech), LISTS, LISTS, LISTS,
        st.booleans(), LISTS, st.one_of(st.just(""), WORDS),
    ),
    max_size=3,
)  # fmt: skip


@FEW
@given(TERMS)
def test_a_glossary_reads_back_the_same_from_tbx_and_csv(tmp_path, terms):
    for module, name in ((tbx, "a.tbx"), (glossary_csv, "a.csv")):
        out = io.BytesIO()
        assert module.write(out, terms) == len(terms)
        assert list(module.read(file(tmp_path, out.getvalue(), name))) == terms


def test_the_older_tbx_is_read_with_its_deprecated_terms(tmp_path):
    content = """<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd"><martif type="TBX-Basic" xml:lang="en"><text><body><termEntry id="1">
<langSet xml:lang="en"><tig><term>substitute</term><termNote type="partOfSpeech">noun</termNote></tig></langSet>
<langSet xml:lang="es"><tig><term>maestro suplente</term></tig><tig><term>sustituto</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig></langSet>
<langSet xml:lang="fr"><tig><term>remplaçant</term></tig></langSet></termEntry></body></text></martif>"""
    spanish, french = tbx.read(file(tmp_path, content, "a.tbx"))
    assert (spanish.translation, spanish.forbidden, spanish.part_of_speech) == ("maestro suplente", ("sustituto",), PartOfSpeech.NOUN)
    assert french.target == "fr"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("term,target\n", "g.csv:1:translation"), ("", "g.csv:1:term"), ("term,target,translation,colour\n", "g.csv:1"),
        ("term,target,translation\nsub,es,\n", "g.csv:2:translation"), ("term,target,translation\nsub,Spanish!,x\n", "g.csv:2:target"),
        ("term,target,translation,part_of_speech\n\nsub,es,x,thing\n", "g.csv:3:part_of_speech"),
        ("term,target,translation\nsub,es,a,b\n", "g.csv:2"), ('term,target,translation\nsub,es,"a"b\n', "g.csv:2"),
        (b"term,target,translation\nsub,es,\xe9\n", "g.csv:2"), ("term,target,translation,case\nsub,es,x,yes\n", "g.csv:2:case"),
        ("term,target,translation\nsub,es,a\x00b\n", "g.csv:2:translation"),
        ("term,target,translation\nsub,es," + "x" * 600 + "\n", "g.csv:2:translation"),
    ],
)  # fmt: skip
def test_a_wrong_row_of_a_glossary_is_named_by_file_line_and_field(tmp_path, content, where):
    with pytest.raises(ExchangeError) as refused:
        list(glossary_csv.read(file(tmp_path, content, "g.csv")))
    assert refused.value.where == where


def test_a_glossary_from_a_spreadsheet_with_a_byte_order_mark_and_quoted_lines(tmp_path):
    content = b"\xef\xbb\xbfterm,target,translation,forbidden\r\nsub,es,\"maestro\n suplente\",a\\|b|submarino\r\n"
    (term,) = glossary_csv.read(file(tmp_path, content, "g.csv"))
    assert (term.translation, term.forbidden) == ("maestro suplente", ("a|b", "submarino"))


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        ("es", '<ph type="x-char">U+D800</ph>a', LeftOut.CHARACTER),
        ("es", '<ph type="x-char">U+0000</ph>a', LeftOut.CHARACTER),
        ("!!", "a", LeftOut.LANGUAGE),
        ("e" * 5_000, "a", LeftOut.LANGUAGE),
    ],
)
def test_what_no_database_keeps_or_nobody_reads_is_left_out_with_its_line(tmp_path, language, text, why):
    unit = f'<tu><tuv xml:lang="en"><seg>b</seg></tuv><tuv xml:lang="{language}"><seg>{text}</seg></tuv></tu>'
    given_ = f'<tmx version="1.4"><header srclang="en"/><body>\n{unit}</body></tmx>'.encode()
    assert list(learned(tmx.read(file(tmp_path, given_)), source="en")) == [Refused(why, 2)]


@pytest.mark.parametrize(("language", "term", "code"), [("!!", "sub", "LANGUAGE"), ("es", "s" * 501, "TERM")])
def test_a_term_in_no_language_or_without_end_is_refused_with_its_line(tmp_path, language, term, code):
    sections = "".join(
        f'<langSec xml:lang="{tag}"><termSec><term>{name}</term></termSec></langSec>' for tag, name in (("en", "sub"), (language, term))
    )
    given_ = f'<tbx type="TBX-Basic" style="dca"><text><body>\n<conceptEntry>{sections}</conceptEntry></body></text></tbx>'
    with pytest.raises(ExchangeError) as refused:
        list(tbx.read(file(tmp_path, given_.encode(), "a.tbx")))
    assert (refused.value.code, refused.value.where) == (f"EXCHANGE_{code}", "a.tbx:2:langSec")


def test_a_file_that_nobody_stands_for_is_not_learned(tmp_path):
    with pytest.raises(ExchangeError, match="nobody stands"):
        verbs.import_memory(None, tmp_path / "a.tmx", approved_by=" ", source="en", target="")
