"""PERSON, as families say it; and words that only hold it."""

from __future__ import annotations

import re

import pytest

from services.notifications.domain.keywords import Keyword, keyword
from services.translation.catalogue import load

PERSON = {
    "en": ("PERSON", "a person please", "I need an interpreter", "wrong translation!"),
    "es": ("Persona", "quiero hablar con una persona", "un intérprete por favor", "mala traducción"),
    "fr": ("PERSONNE", "je veux parler à un interprète", "mauvaise traduction"),
    "pt": ("pessoa", "quero falar com um intérprete", "tradução errada"),
    "ht": ("MOUN", "mwen bezwen yon entèprèt", "tradiksyon an pa bon"),
    "ru": ("Человек", "мне нужен переводчик", "неправильный перевод"),
    "so": ("QOF", "waxaan u baahanahay turjubaan", "turjumaad khaldan"),
    "vi": ("NGƯỜI", "tôi cần thông dịch viên", "dịch sai"),
    "ar": ("شخص", "أريد مترجم", "الترجمة خاطئة"),
    "gu": ("વ્યક્તિ", "દુભાષિયો", "ખોટો અનુવાદ"),
    "hmn": ("neeg", "kuv xav tau neeg txhais lus"),
    "zh-Hans": ("人工", "我要人工", "翻译错了", "人工！"),
    "fil": ("TAO po", "kailangan ko ng interpreter", "maling salin"),
    "ko": ("사람", "통역이 필요합니다", "번역이 틀렸어요"),
    "am": ("ሰው", "አስተርጓሚ እፈልጋለሁ"),
    "sw": ("MTU", "nahitaji mkalimani", "tafsiri mbaya"),
}
PROSE = (
    "A person came to the door.", "Una persona me llamó ayer.", "Qof ayaa i soo wacay shalay.", "Có một người gọi cho tôi hôm qua.",
    "اتصل بي شخص أمس", "昨天有人工作人员打电话给我", "Il n'y a personne à la maison ce soir.", "The person in the photo is my son",
    "May tao sa bahay namin kahapon.", "어제 사람이 왔어요", "Mtu alinipigia simu jana.", "",
)  # fmt: skip


@pytest.mark.parametrize(("language", "phrase"), [(tag, phrase) for tag, phrases in PERSON.items() for phrase in phrases])
def test_who_asks_for_a_person_is_heard(language, phrase):
    assert keyword(phrase) is Keyword.PERSON


@pytest.mark.parametrize("text", PROSE)
def test_who_tells_of_a_person_is_read_by_the_teacher(text):
    assert keyword(text) is not Keyword.PERSON


@pytest.mark.parametrize(("phrase", "meant"), [("중지", "stop"), ("itigil po", "stop"), ("acha tafadhali", "stop"), ("도움", "help"), ("tulong", "help"), ("msaada", "help")])
def test_a_language_with_the_word_for_a_person_has_the_others_too(phrase, meant):
    assert keyword(phrase) is Keyword(meant)


@pytest.mark.parametrize("language", sorted(PERSON.keys() & set(load().languages)))
@pytest.mark.parametrize("key", ["message.label_machine", "message.label_source"])
def test_the_word_that_a_label_names_is_one_that_is_heard(language, key):
    text = load().find(key, language).text
    words = [word.removesuffix("이라고") for word in re.split(r"[\s:：.。,،，፣።]+", text)]
    assert any(keyword(word) is Keyword.PERSON for word in words), text
