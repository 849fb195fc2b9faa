"""The district's own words: found, kept through an engine, and asked for; two meanings of one word are told apart."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.domain.glossary import BreachKind, Glossary, PartOfSpeech, Term
from services.translation.domain.glossary_conflicts import ConflictKind, conflicts
from services.translation.domain.memory import in_context
from services.translation.domain.memory import remember as entry
from services.translation.exchange import verbs
from services.translation.exchange.xml import ExchangeError
from services.translation.handlers import texts as handlers
from services.translation.store import glossary as store
from services.translation.store import memory
from services.translation.tables.core import MEMORY

TEACHER = Term("sub", "maestro suplente", "es", part_of_speech=PartOfSpeech.NOUN, forbidden=("submarino", "sub"))
LUNCH = Term("sub", "bocadillo", "es", near=("lunch", "sandwich", "turkey"))
IEP = Term("IEP", "programa educativo individualizado", "es", case_sensitive=True, translation_forms=("PEI",))
STAND_IN = Term("sub", "sustituir", "es", part_of_speech=PartOfSpeech.VERB, translation_forms=("sustituirá",))
BOTH = Glossary([TEACHER, LUNCH, IEP, STAND_IN])
EN_ES = {"source": "en", "target": "es"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("A sub will teach Friday 2 Oct, 8:05.", ["maestro suplente"]),
        ("Two SUBS came.", ["maestro suplente"]),
        ("Turkey subs for lunch today. The sub is kind.", ["bocadillo", "maestro suplente"]),
        ("Ms Lee will sub for me.", ["sustituir"]),
        ("The subway and a subset.", []),
        ("Bring the IEP and two IEPs, not an iep.", ["programa educativo individualizado"] * 2),
        ("the sub’s room", ["maestro suplente"]),
        ("", []), ("🙂\u202esub\u202c", ["maestro suplente"]),
    ],
)  # fmt: skip
def test_a_word_means_what_the_words_beside_it_say(text, meant):
    assert [hit.term.translation for hit in BOTH.hits(text, **EN_ES)] == meant


def test_a_region_is_served_by_its_language_and_other_languages_by_nothing():
    assert BOTH.hits("sub", source="en-US", target="es-MX")
    assert not BOTH.hits("sub", source="en", target="so") and not BOTH.hits("sub", source="es", target="es")


def test_marks_are_found_as_they_are_written_and_a_long_text_with_many_terms_takes_no_time():
    odd = [Term(each, "x", "es") for each in (".*", "(", "🙂", "C++", "back-to-school night", "mother's day")]
    glossary = Glossary([*odd, *(Term(f"word{number} thing", "y", "es") for number in range(5_000))])
    text = "Back-to-School  Night and Mother’s Day 🙂 .* C++"
    assert [text[hit.start : hit.end] for hit in glossary.hits(text, **EN_ES)] == ["Back-to-School  Night", "Mother’s Day", "🙂", ".*", "C++"]
    assert len(glossary.hits("word77 thing (" * 700, **EN_ES)) == 1_400


def test_names_are_no_terms():
    assert not BOTH.hits("Ask Sub Lee.", **EN_ES, names=["Sub Lee"])


def test_nouns_pass_an_engine_as_placeholders_and_verbs_are_left_to_it():
    shielded = BOTH.shield("Subs are here. We will sub. {term_0}", **EN_ES)
    assert shielded.text == "{term_1} are here. We will sub. {term_0}"
    assert shielded.restore("{term_1} están aquí. {term_0}") == "Maestro suplente están aquí. {term_0}"


def test_a_plural_is_put_in_the_plural_where_it_is_listed():
    slip = Term("permission slip", "hoja de permiso", "es", translation_forms=("la hoja", "hojas de permiso"))
    shielded = Glossary([slip]).shield("Permission slips: a permission slip each.", **EN_ES)
    assert shielded.restore(shielded.text) == "Hojas de permiso: a hoja de permiso each."
    assert Term("sub", "suplente", "es", translation_forms=("maestra",)).put("subs") == "suplente"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_shielding_and_restoring_changes_nothing_but_the_terms(before, after):
    shielded = Glossary([Term("sub", "sub", "es")]).shield(f"{before} sub {after}", **EN_ES)
    assert shielded.restore(shielded.text).casefold() == f"{before} sub {after}".casefold()


@pytest.mark.parametrize(
    ("translation", "kinds"),
    [
        ("Un maestro suplente enseñará.", []), ("Los maestros suplentes enseñarán.", []), ("UN MAESTRO SUPLENTE", []),
        ("Un sustituto enseñará.", [BreachKind.MISSING]), ("Un submarino enseñará.", [BreachKind.MISSING, BreachKind.FORBIDDEN]),
        ("Un maestro suplente (sub) enseñará.", [BreachKind.FORBIDDEN]), ("", [BreachKind.MISSING]),
    ],
)  # fmt: skip
def test_the_term_must_be_there_in_any_form_and_what_is_forbidden_must_not(translation, kinds):
    assert [breach.kind for breach in BOTH.breaches("A sub will teach.", translation, **EN_ES)] == kinds


def test_scripts_without_spaces_and_with_vowel_points_are_compared_by_their_letters():
    chinese, arabic = Term("substitute", "代课老师", "zh-Hans"), Term("substitute", "معلم بديل", "ar")
    glossary = Glossary([chinese, arabic])
    assert not glossary.breaches("A substitute is here.", "今天有代课老师。", source="en", target="zh-Hans")
    assert not glossary.breaches("A substitute is here.", "حضر مُعَلِّم بَدِيل اليوم", source="en", target="ar")


def test_two_meanings_that_nothing_tells_apart_are_held_and_named():
    glossary = Glossary([Term("bat", "murciélago", "es"), Term("bat", "bate", "es")])
    (breach,) = glossary.breaches("Bring a bat.", "Traiga un bate.", **EN_ES)
    assert breach.kind is BreachKind.AMBIGUOUS
    assert [each.kind for each in conflicts(glossary.terms)] == [ConflictKind.TWICE]


def test_conflicts_are_told_with_their_reason():
    found = conflicts([
        Term("gym", "gimnasio", "es", forbidden=("Gimnasio",)),
        Term("bat", "murciélago", "es", forms=("bats",)), Term("bats", "bates", "es"), Term("ok", "vale", "es"),
    ])  # fmt: skip
    assert {each.kind for each in found} == {ConflictKind.FORBIDS_ITSELF, ConflictKind.INDISTINCT}
    assert all("→" in str(each) for each in found)


def test_a_machine_s_text_carries_the_district_s_word_and_counts_it(uow, ports, engine, said, composed):
    store.save(uow.connection, [TEACHER], origin="page", by="t-abdi", now=uow.now)
    engine.answers["A PH0X is late."] = "Un PH0X llega tarde."
    handlers.message_composed(uow, ports, [composed(text="A sub is late.")])
    ((_, data),) = said()
    assert (data["text"], data["glossary_hits"], data["labelled"]) == ("Un maestro suplente llega tarde.", 1, False)


def test_a_machine_s_text_without_the_district_s_word_is_held(uow, ports, engine, said, composed):
    store.save(uow.connection, [STAND_IN], origin="page", by="t-abdi", now=uow.now)
    engine.answers["We will sub."] = "Vamos a submarino."
    handlers.message_composed(uow, ports, [composed(text="We will sub.")])
    ((_, data),) = said()
    assert (data["text"], data["labelled"]) == ("We will sub.", True)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (Term("not allowed", "permitido", "es"), "Phones are not allowed here."),
        (Term("{student}", "el alumno", "es"), "We saw {student} here."),
    ],
)
def test_a_term_that_takes_a_denial_or_a_placeholder_out_of_the_text_holds_it(uow, ports, engine, said, composed, term, text):
    store.save(uow.connection, [term], origin="page", by="t-abdi", now=uow.now)
    engine.answers |= {"Phones are PH0X here.": "Los teléfonos están PH0X aquí.", "We saw PH0X here.": "Vimos a PH0X aquí."}
    handlers.message_composed(uow, ports, [composed(text=text)])
    ((_, data),) = said()
    assert (data["text"], data["labelled"]) == (text, True)


def test_a_term_may_say_with_a_denial_what_english_says_without(uow, ports, engine, said, composed):
    store.save(uow.connection, [Term("homeless", "sin hogar", "es")], origin="page", by="t-abdi", now=uow.now)
    engine.answers["Help for PH0X families."] = "Ayuda para familias PH0X."
    handlers.message_composed(uow, ports, [composed(text="Help for homeless families.", kind="positive")])
    assert [data["text"] for type_, data in said() if type_ == "translation.text_translated"] == ["Ayuda para familias sin hogar."]


def folder(tmp_path, content):
    (tmp_path / "glossary").mkdir(exist_ok=True)
    (tmp_path / "glossary" / "words.csv").write_text(content, encoding="utf-8")
    return tmp_path


def test_a_district_s_folder_makes_the_glossary_what_it_says(uow, tmp_path):
    place = folder(tmp_path, "term,target,translation\nsub,es,suplente\ngym,es,gimnasio\n")
    assert verbs.import_glossary(uow, place, by="operator", source="en").payload["imported"] == 2
    place = folder(tmp_path, "term,target,translation\nsub,es,maestro suplente\n")
    assert verbs.import_glossary(uow, place, by="operator", source="en").payload == {"imported": 1, "removed": 1, "conflicts": []}
    assert [term.translation for term in store.terms(uow.connection)] == ["maestro suplente"]


def test_files_that_contradict_themselves_or_each_other_change_nothing(uow, tmp_path):
    store.save(uow.connection, [Term("bats", "bates", "es")], origin="page", by="x", now=uow.now)
    place = folder(tmp_path, "term,target,translation,forms\nbat,es,murciélago,bats\n")
    told = verbs.import_glossary(uow, place, by="operator", source="en")
    assert (told.code, told.payload["imported"]) == (1, 0)
    assert len(store.terms(uow.connection)) == 1


TMX = """<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en"><seg>{0}</seg></tuv><tuv xml:lang="es"><seg>Un submarino a las 8:05</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>At 8:05</seg></tuv><tuv xml:lang="es"><seg>A las nueve</seg></tuv></tu></body></tmx>"""


def test_a_memory_is_imported_with_who_stands_for_it_and_checked_against_the_glossary(uow, tmp_path):
    path = tmp_path / "m.tmx"
    path.write_text(TMX.format("A sub at 8:05"), encoding="utf-8")
    told = verbs.import_memory(uow, path, approved_by="t-abdi", source="en", target="")
    assert (told.code, told.payload) == (2, {"learned": 1, "left_out": {"lost": 1}})
    assert told.lines[0] == "m.tmx:3: left out: lost"
    row = uow.connection.execute(sa.select(MEMORY)).mappings().one()
    assert (row["approved_by"], row["origin"], row["source_text"]) == ("t-abdi", "m.tmx", "A sub at ⟦0⟧")
    store.save(uow.connection, [TEACHER], origin="page", by="t-abdi", now=uow.now)
    assert {each["kind"] for each in verbs.check_memory(uow).payload["against"]} == {"glossary_missing", "glossary_forbidden"}


def test_a_kind_of_file_that_nobody_knows_is_refused(uow, tmp_path):
    with pytest.raises(ExchangeError, match="not known"):
        verbs.import_memory(uow, tmp_path / "m.doc", approved_by="x", source="en", target="")


def remember(uow, translation, context=""):
    made = entry("See you soon", translation, names=(), source="en", target="es", context=context)
    memory.remember(uow.connection, [made], source="en", target="es", approved_by="t", now=uow.now)
    return made.key


def test_the_newest_approval_speaks_for_all_contexts_and_an_older_one_stays_in_its_own(uow):
    key = remember(uow, "Hasta pronto", "positive")
    remember(uow, "Nos vemos pronto", "concern")
    found = memory.remembered(uow.connection, [key, in_context(key, "positive"), in_context(key, "concern")])
    assert {each: found[each].target_text for each in found} == {key: "Nos vemos pronto", in_context(key, "positive"): "Hasta pronto"}
    remember(uow, "¡Hasta pronto!", "positive")
    found = memory.remembered(uow.connection, [key, in_context(key, "positive")])
    assert [each.target_text for each in found.values()] == ["¡Hasta pronto!"]


def test_a_message_of_one_kind_is_answered_with_what_was_approved_in_it(uow, ports, said, composed):
    remember(uow, "Hasta pronto", "positive")
    remember(uow, "Nos vemos pronto", "concern")
    handlers.message_composed(uow, ports, [composed(text="See you soon", kind="positive"), composed(text="See you soon", message_id="m-2")])
    assert [data["text"] for _, data in said()] == ["Hasta pronto", "Nos vemos pronto"]


def test_a_district_s_thousands_of_names_hide_only_the_terms_that_are_whole_names():
    names = [f"Given{number} Family{number}" for number in range(20_000)] + ["Su", "An"]
    assert BOTH.hits("An aide and a sub came.", **EN_ES, names=names)
    assert not BOTH.hits("A Sub came.", **EN_ES, names=[*names, "Sub"])
