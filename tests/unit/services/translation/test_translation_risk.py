"""Which texts a machine may translate, which a person reads after, and which wait for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.domain import risk_words
from services.translation.domain.risk import EMERGENCY, Tier, ruling
from services.translation.domain.risk_words import RiskWordsError, topics_in

KINDS = ("positive", "info", "ask", "concern", "emergency")
ORDER = list(Tier)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Mateo is suspended for one day.", "discipline"),
        ("The manifestation determination is on Monday.", "discipline"),
        ("The IEP meeting is on Friday.", "special_education"),
        ("Bring proof of residency by Monday.", "enrollment"),
        ("Riya must repeat the third grade.", "enrollment"),
        ("Sign the permission slip.", "consent"),
        ("You have the right to appeal.", "rights"),
        ("Keep Riya home if she has a fever.", "health"),
        ("STUDENTS MUST NOT EAT PEANUTS", "health"),
        ("We are in lockdown. Do not come to the school.", "safety"),
        ("All students are safe.", "safety"),
        ("Riya has missed 12 days this term.", "attendance"),
        ("Third unexcused absence", "attendance"),
    ],
)
def test_what_the_law_asks_a_person_to_translate_waits_for_one(text, topic):
    ruled = ruling(text, kind="info", language="en")
    assert topic in ruled.topics
    assert (ruled.tier, ruled.waits) == (Tier.ESSENTIAL, True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Su hijo tiene FIEBRE."), ("es-MX", "Mateo fue suspendido."), ("fr", "Votre fille est exclue."), ("pt-BR", "Seu filho está suspenso."),
        ("ht", "Pitit ou gen lafyèv."), ("so", "Ilmahaaga waxaa laga joojiyay iskuulka."), ("ar", "تمَّ إيقافُ ابنك ليوم واحد"), ("ar", "الرجاء توقيع الموافقة"),
        ("vi", "Con quý vị bị sốt cao."), ("zh", "您的孩子被停学一天。"), ("zh-Hant", "請簽名"), ("ru", "Ваш сын исключён из школы."), ("gu", "તમારા બાળકને તાવ છે."),
    ],
)  # fmt: skip
def test_it_is_noticed_in_the_language_that_it_is_written_in(language, text):
    assert ruling(text, kind="info", language=language).waits


@pytest.mark.parametrize(
    "text",
    [
        "A sub will teach Friday 2 Oct, 8:05",
        "The bus is late.",
        "Picture day is Friday. Wear a smile!",
        "We planted beans in the garden today.",
        "Family math night: 6 Oct, 5:30 PM, in the gym.",
        "We will explore the solar system and wear suspenders on Friday.",
        "Thank you for your hospitality. Raise your right hand!",
        "The class read about floodlights and medals.",
        "",
        "❤️🎉",
        "https://school.example.org/menu",
        "2",
    ],
)
def test_everyday_news_goes_by_machine(text):
    assert ruling(text, kind="info", language="en").tier is Tier.ROUTINE


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Agregue su nombre a la lista del club. Vamos a explorar el bosque."), ("pt", "Por favor, faça a lição de casa. Temos um novo recurso na biblioteca."),
        ("ar", "سيقرأ الفصل كتابًا جديدًا، وجنسية المؤلف مصرية، واسمه سامي."), ("ru", "Согласно расписанию, температура в классе исключительно приятная."),
        ("zh-Hans", "请带剪刀来上美术课。"), ("fr", "Les inscriptions au club de lecture sont ouvertes."), ("so", "Nabad! Ardaydu waxay baranayaan qoridda."),
        ("gu", "વર્ગની સજાવટ સુંદર છે."), ("vi", "Cả lớp trồng đậu trong vườn."), ("ht", "Elèv yo te li yon bèl liv."),
    ],
)  # fmt: skip
def test_everyday_words_that_look_like_others_do_not_hold_a_text(language, text):
    assert ruling(text, kind="info", language=language).tier is Tier.ROUTINE


@pytest.mark.parametrize(
    "text",
    ["Mateo is sus\u200bpended.", "Mateo is sus\u00adpended.", "\u202eMateo is suspended\u202c", "Mateo is *suspended*.", "_suspended_", "**suspend**ed", "~~suspended~~", "ｓｕｓｐｅｎｄｅｄ", "SUSPENDED!!!", "‘suspended’", "suspended\n"],
)
def test_invisible_characters_and_other_forms_of_letters_hide_nothing(text):
    assert ruling(text, kind="info", language="en").waits


def test_an_english_word_counts_in_every_language():
    assert ruling("Mateo tiene reunión de IEP el lunes", kind="info", language="es").waits


def test_vietnamese_without_its_accents_is_not_read_as_another_word():
    assert topics_in("mot ngay sot", language="vi") == ()


def test_a_concern_goes_and_is_read_after():
    assert ruling("Mateo was quiet today.", kind="concern", language="en").tier is Tier.SENSITIVE


def test_praise_that_speaks_of_a_hospital_is_still_praise():
    ruled = ruling("Riya made a card for the children in the hospital.", kind="positive", language="en")
    assert (ruled.tier, ruled.waits) == (Tier.SENSITIVE, False)


def test_an_emergency_never_waits_but_no_machine_touches_its_words():
    ruled = ruling("Lockdown. Do not come to the school.", kind=EMERGENCY, language="en")
    assert (ruled.tier, ruled.waits, ruled.urgent) == (Tier.ESSENTIAL, False, True)


def test_a_wording_of_the_catalogue_needs_nobody():
    assert ruling(None, kind="info", language="en").tier is Tier.NONE


def test_words_that_nobody_can_look_through_are_not_left_to_a_machine_where_it_matters():
    assert ruling("ခလေး ဖျားနေသည်", kind="concern", language="my").waits
    assert ruling("ခလေး ဖျားနေသည်", kind="info", language="my").tier is Tier.SENSITIVE


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(KINDS), st.sampled_from(["en", "es", "ar", "zh-Hans", "my", "gu"]))
def test_a_sender_can_only_raise_it(text, kind, language):
    plain, raised = (ruling(text, kind=kind, language=language, raised=asked) for asked in (False, True))
    assert raised.tier is Tier.ESSENTIAL
    assert set(plain.topics) <= set(raised.topics)
    assert plain.waits <= raised.waits


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_more_words_never_make_a_text_lighter(more, kind):
    alone = ruling("Mateo is suspended.", kind=kind, language="en")
    longer = ruling(f"{more} Mateo is suspended. {more}", kind=kind, language="en")
    assert ORDER.index(longer.tier) >= ORDER.index(alone.tier)


def test_every_language_has_a_line_for_every_topic():
    for language, lines in risk_words._lists().items():
        assert set(lines) == {*risk_words.TOPICS, risk_words.SENSITIVE}, language


def test_a_line_without_a_topic_names_file_line_and_remedy(tmp_path):
    path = tmp_path / "xx.txt"
    path.write_text("# a language\nsickness: flu\n", encoding="utf-8")
    with pytest.raises(RiskWordsError, match=r"xx\.txt:2"):
        risk_words._list(path)
