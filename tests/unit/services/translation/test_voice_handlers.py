"""Voice notes (F16): which texts are spoken, by whom, and what is said of it; never by another language's voice."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from services.translation.engines.port import FailureKind
from services.translation.handlers import texts as handlers
from services.translation.handlers import voice
from services.translation.store import voice as store
from services.translation.tables.voice import VOICE_AUDIO, VOICE_NOTE
from services.translation.voice import Rendered, Speaker, ToolFailed
from services.translation.voice.listening import Listener, listener_of
from shared.directory.projection import GUARDIAN
from shared.messaging.envelope import new_event

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
LONG = "Your child worked well today and finished the project. " * 14  # 126 words
SOUND = Rendered("espeak-ng:en-us", 41, False, "said", b"OggS", b"ID3", "audio/mpeg")


class TaughtSpeaker(Speaker):
    """Says nothing aloud; remembers what it was asked, and fails as it was told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.fails: list[str] = []

    def ready(self) -> bool:
        return True

    def render(self, text, language, voice, closing=""):
        self.asked.append((language, voice.name, closing))
        if self.fails:
            raise ToolFailed(self.fails.pop(0))
        return SOUND


@pytest.fixture
def speaker() -> TaughtSpeaker:
    return TaughtSpeaker()


@pytest.fixture
def ports(ports, speaker):
    return replace(ports, speaker=speaker)


@pytest.fixture
def render(uow, ports):
    """Run the effect in the test's own transaction."""

    @contextmanager
    def transaction():
        yield uow

    return lambda: voice.voice_render(transaction, ports)


def notes(uow) -> dict[str, tuple[str, str | None]]:
    return {row.language: (row.state, row.reason) for row in uow.connection.execute(sa.select(VOICE_NOTE))}


def rendered(said):
    return [data for type_, data in said() if type_ == "translation.voice_rendered"]


def wishes(uow, *guardians: tuple[str, str, list[str]], version: int = 1):
    uow.connection.execute(
        sa.insert(GUARDIAN),
        [
            {"guardian_id": who, "language": tag, "given_name": "A", "family_name": "B", "revision": 1}
            for who, tag, _ in guardians
        ],
    )
    voice.preference_changed(uow, [preference(who, ways, version=version) for who, _, ways in guardians])


def preference(guardian: str, ways: list[str], *, version: int, language: str | None = None):
    data = {
        "guardian_id": guardian, "version": version, "channel_order": ways, "contacts_per_month": None, "live_mode": None,
        "available_after": None, "quiet_start": None, "quiet_end": None, "timezone": None, "language": language,
    }  # fmt: skip
    return new_event("surveys.preference_changed", data, district="riverside", source="surveys", now=NOW)


def test_a_long_text_is_spoken_where_a_voice_has_the_language(uow, ports, speaker, said, composed, render):
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
    assert notes(uow) == {"en": ("due", None)}
    assert (render(), render()) == (1, 0)
    (data,) = rendered(said)
    assert (data["text_id"], data["language"], data["seconds"]) == ("m-1", "en", 41)
    assert data["audio"].startswith("/translation/audio/")
    assert [name for _, name, _ in speaker.asked] == ["en-us"]
    assert notes(uow)["en"][0] == "made"


def test_a_short_text_is_read(uow, ports, composed):
    handlers.message_composed(uow, ports, [composed(targets=["en"])])
    assert notes(uow) == {}


def test_a_short_text_is_heard_in_the_languages_of_those_who_named_calls(uow, ports, composed):
    wishes(uow, ("g-1", "so", ["phone", "sms"]), ("g-2", "es", ["sms"]))
    assert store.wished_languages(uow.connection) == {"so"}
    voice.preference_changed(uow, [preference("g-2", ["phone"], version=2), preference("g-1", ["sms"], version=1)])
    assert store.wished_languages(uow.connection) == {"so", "es"}, "an older version changes nothing"
    handlers.message_composed(uow, ports, [composed(source_language="es", targets=["es"], text="Mateo ayudó hoy.")])
    assert notes(uow) == {"es": ("due", None)}


def test_what_is_not_translated_is_said_by_a_person_and_never_by_a_voice(uow, ports, speaker, composed, render):
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["so", "vi"])])  # no engine: English, labelled
    assert notes(uow) == {"so": ("person", "untranslated"), "vi": ("person", "untranslated")}
    assert (render(), speaker.asked) == (0, [])


def test_nothing_is_said_of_what_waits_for_a_reviewer(uow, ports, composed):
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["so"], risk="high")])
    assert notes(uow) == {}


def test_no_english_voice_reads_what_was_written_in_spanish_on_an_english_page(uow, ports, engine, composed):
    spanish = "Su hija trabajó muy bien hoy y terminó su proyecto. " * 14
    engine.failure = FailureKind.TIMEOUT
    handlers.message_composed(uow, ports, [composed(text=spanish, source_language="en", targets=["en", "es"])])
    assert notes(uow) == {"en": ("person", "untranslated"), "es": ("due", None)}


def test_a_language_without_a_voice_waits_for_a_person(uow, ports, said, composed, render):
    somali = "Amina si fiican ayay maanta u shaqaysay. " * 25
    handlers.message_composed(uow, ports, [composed(text=somali, source_language="so", targets=["so"])])
    assert notes(uow) == {"so": ("person", "no_voice")}
    assert render() == 0
    voice.recorded(uow, ports, ("m-1", 1, "so"), replace(SOUND, voice="person", seconds=38), by="i-abdi")
    (data,) = rendered(said)
    assert (data["language"], data["seconds"]) == ("so", 38)
    assert notes(uow)["so"] == ("made", None)


@pytest.mark.parametrize(("tag", "word"), [("ar", "كلمة "), ("he", "מילה "), ("ja", "これは言葉です。")])
def test_a_voice_that_is_not_understood_is_not_used(uow, ports, composed, tag, word):
    handlers.message_composed(uow, ports, [composed(text=word * 130, source_language=tag, targets=[tag])])
    assert notes(uow) == {tag: ("person", "unfit_voice")}


def test_the_same_words_are_spoken_once(uow, ports, speaker, said, composed, render):
    handlers.message_composed(
        uow, ports, [composed(text=LONG, targets=["en"]), composed(text=LONG, targets=["en"], message_id="m-2")]
    )
    render()
    assert (len(speaker.asked), len(rendered(said))) == (1, 2)
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"], message_id="m-3")])
    render()
    assert (len(speaker.asked), len(rendered(said))) == (1, 3)


def test_a_message_heard_again_is_not_made_again(uow, ports, speaker, composed, render):
    for _ in range(2):
        handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
        render()
    assert len(speaker.asked) == 1


def test_a_text_that_a_person_changed_is_made_again(uow, ports, speaker, composed, render):
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
    render()
    voice.said(uow, ["m-1"], changed="en")
    assert notes(uow)["en"] == ("due", None)


def test_a_text_that_a_person_changes_while_it_is_spoken_is_not_heard_as_it_was(uow, ports, speaker, said, composed, render):
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
    speak = speaker.render

    def slowly(*asked):
        speaker.render = speak
        voice.said(uow, ["m-1"], changed="en")
        return speak(*asked)

    speaker.render = slowly
    render()
    assert rendered(said) == [] and notes(uow)["en"] == ("due", None)
    render()
    assert len(rendered(said)) == 1


def test_a_voice_that_hangs_is_tried_again_and_then_a_person_records(uow, ports, speaker, said, composed, render):
    speaker.fails = ["espeak-ng_timeout"] * 3
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
    assert [render() for _ in range(4)] == [1, 1, 1, 0]
    assert notes(uow)["en"] == ("person", "espeak-ng_timeout")
    assert rendered(said) == []


def test_without_espeak_a_person_records(uow, ports, speaker, composed, render):
    speaker.ready = lambda: False
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
    assert render() == 1
    assert notes(uow)["en"] == ("person", "no_voice")


def test_a_wording_with_slots_is_not_spoken():
    assert not voice.better_heard("{student} " * 200, wished=True)
    assert not voice.better_heard("12:30", wished=True)
    assert voice.better_heard("ខ្ញុំនឹងមក" * 200, wished=False), "no spaces, and long all the same"


def test_sound_is_forgotten_when_its_links_have_expired(uow, ports, composed, render):
    handlers.message_composed(uow, ports, [composed(text=LONG, targets=["en"])])
    render()
    uow.connection.execute(sa.update(VOICE_AUDIO).values(made_at=uow.now - voice.KEPT * 2))
    voice.voice_due(uow)
    assert uow.connection.execute(sa.select(sa.func.count()).select_from(VOICE_AUDIO)).scalar() == 0


class TaughtListener(Listener):
    """Understands what it was taught."""

    def __init__(self, heard: str = "a gist") -> None:
        super().__init__()
        self.gist = heard
        self.asked: list[tuple[bytes, str]] = []

    def ready(self) -> bool:
        return True

    def heard(self, sound, language):
        self.asked.append((sound, language))
        return self.gist


@pytest.mark.parametrize("gist", ["a gist", ""])
def test_a_machine_s_gist_is_written_beside_a_person_s_recording_once_and_changes_nothing(
    uow, ports, said, composed, gist
):
    somali = "Amina si fiican ayay maanta u shaqaysay. " * 25
    handlers.message_composed(uow, ports, [composed(text=somali, source_language="so", targets=["so"])])
    voice.recorded(uow, ports, ("m-1", 1, "so"), replace(SOUND, voice="person", transcript="words"), by="i-abdi")
    listener, before = TaughtListener(gist), said()

    @contextmanager
    def transaction():
        yield uow

    assert [voice.voice_listen(transaction, replace(ports, listener=listener)) for _ in range(2)] == [1, 0]
    assert listener.asked == [(SOUND.phone, "so")]
    note = store.note(uow.connection, ("m-1", 1, "so"))
    assert (note["heard"], note["transcript"], said()) == (gist, "words", before)


def test_without_a_model_nothing_listens(uow, ports, tmp_path):
    assert not ports.listener.ready()
    assert not listener_of([]).ready()
    assert not listener_of([{"provider": "whisper", "model": str(tmp_path / "none")}]).ready()
    assert voice.voice_listen(lambda: None, ports) == 0
    assert listener_of([{"model": str(tmp_path)}]).heard(b"no sound", "so") == ""
