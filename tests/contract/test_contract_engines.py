"""What every engine must keep to, whoever it is: the same cases on all seven.

Apertium, CTranslate2 and LibreTranslate are the real ones (the last two on a model written by hand); DeepL, Google,
Azure and Amazon are the vendors' own libraries against stubs of their wire formats.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.translation.domain.protection import protect
from services.translation.engines.apertium import Apertium
from services.translation.engines.codes import known, ours
from services.translation.engines.ctranslate import CTranslate2
from services.translation.engines.port import Failure, FailureKind, Result, Segment
from shared.benches import tiny_model
from shared.benches.vendor_stubs import Trouble
from shared.clock import monotonic
from tests.contract.engine_stands import ENGINES, STUBBED, VENDORS, Stand, stand, stubbed, vendor

# the LibreTranslate server is installed on first use
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=ENGINES)
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture(scope="module", params=STUBBED)
def troubled(request: pytest.FixtureRequest) -> Iterator[Stand]:
    with stubbed(request.param) as found:
        assert found.engine.capabilities().pairs
        yield found


def soon(seconds: float = 30.0) -> float:
    return monotonic() + seconds


def english(*texts: str) -> list[Segment]:
    return [Segment(str(number), "en", "es", text) for number, text in enumerate(texts)]


def kinds(answers: list[Result | Failure]) -> list[str]:
    return [str(answer.kind) if isinstance(answer, Failure) else "ok" for answer in answers]


def text_of(answer: Result | Failure) -> str:
    assert isinstance(answer, Result), answer
    return answer.text


# What holds for all seven


def test_it_says_what_it_can_do(at):
    can = at.engine.capabilities()
    assert can.name == at.name
    assert ("en", "es") in can.pairs
    assert ("en", "tlh") not in can.pairs
    assert ("en", "en") not in can.pairs
    assert min(can.max_items, can.max_size, can.max_request) > 0
    assert can.leaves_district == (at.name in VENDORS)
    assert (can.price_per_million > 0) == (at.name in VENDORS)
    assert can.residency


def test_a_pair_has_a_token_that_it_carries_through(at):
    assert at.engine.token_style("en", "es") is not None
    assert at.engine.token_style("en", "tlh") is None


def test_answers_come_in_order_each_to_its_own_question(at):
    batch = english(*(f"The bus is late today, PH{number}X." for number in range(40)))
    answers = at.engine.translate(batch, deadline=soon())
    assert [answer.segment_id for answer in answers] == [segment.id for segment in batch]
    for number, answer in enumerate(answers):
        assert f"PH{number}X" in text_of(answer)


def test_something_is_translated(at):
    (answer,) = at.engine.translate(english("The school is late today"), deadline=soon())
    assert "escuela" in text_of(answer)
    assert answer.engine.startswith(at.name)
    assert 0.0 <= answer.unknown_ratio <= 1.0
    assert answer.score is None or 0.0 <= answer.score <= 1.0


def test_what_is_masked_comes_back(at):
    style = at.engine.token_style("en", "es")
    text = "Riya read 12 books with Ms Alvarez at 9:00 AM: https://example.org/a?b=1 (312) 555-0142"
    protected = protect(text, names=("Riya", "Ms Alvarez"), style=style, source="en")
    (answer,) = at.engine.translate(english(protected.masked), deadline=soon())
    restored = protected.restore(text_of(answer))
    for piece in ("Riya", "12", "Ms Alvarez", "https://example.org/a?b=1", "(312) 555-0142"):
        assert piece in restored


def test_two_texts_that_are_alike_are_both_answered(at):
    answers = at.engine.translate(english("The bus is late", "The bus is late"), deadline=soon())
    assert text_of(answers[0]) == text_of(answers[1])


def test_lines_stay_lines(at):
    (answer,) = at.engine.translate(english("The bus is late\n\nthank you\nGood news"), deadline=soon())
    lines = text_of(answer).split("\n")
    assert len(lines) == 4
    assert lines[1] == ""


@pytest.mark.parametrize("blank", ["", " ", "\n\n"])
def test_nothing_is_nothing_in_every_language(at, blank):
    before = at.requests()
    (answer,) = at.engine.translate(english(blank), deadline=soon())
    assert text_of(answer).strip() == ""
    assert at.requests() == before


def test_no_batch_is_no_answers(at):
    assert at.engine.translate([], deadline=soon()) == []


@pytest.mark.parametrize(
    "odd",
    [
        "The bus 🎒🧑🏽‍🏫 is late",
        "The \u200fمرحبا\u200e bus \u2067שלום\u2069 is late",
        "The 学校 bus is late, e\u0301cole, ក្រុម",
        "The ^bus$ is {late} [[x]] <b>&amp;</b> \\ / @ ~ * # today",
        "The bus\u00a0is\u2009late\t\ttoday\r",
        "THE BUS IS LATE!!! ??? ...",
        "x\x00y\x01z bus",
    ],
    ids=["emoji", "right-to-left", "scripts", "marks", "spaces", "shouting", "control"],
)
def test_an_odd_text_breaks_nothing(at, odd):
    answers = at.engine.translate(english("The bus is late", odd, "The bus is late"), deadline=soon())
    assert text_of(answers[0]) == text_of(answers[2])
    assert text_of(answers[1]).strip()


def test_a_pair_that_it_does_not_have_fails_alone(at):
    batch = [
        Segment("a", "en", "es", "The bus"),
        Segment("b", "en", "tlh", "The bus"),
        Segment("c", "en", "es", "The bus"),
    ]
    assert kinds(at.engine.translate(batch, deadline=soon())) == ["ok", "unsupported_pair", "ok"]


def test_a_text_above_its_size_fails_alone(at):
    can = at.engine.capabilities()
    long = "bus " * (can.max_size // 4 + 2)
    assert kinds(at.engine.translate(english("The bus", long, "The bus"), deadline=soon())) == ["ok", "too_large", "ok"]


def test_more_texts_than_it_takes_at_once_are_asked_in_turns(at):
    can = at.engine.capabilities()
    count = 3 if can.max_items == 1 else 2 * min(can.max_items, 51) + 1
    assert kinds(at.engine.translate(english(*["The bus is late"] * count), deadline=soon())) == ["ok"] * count


def test_a_deadline_that_has_passed_costs_nothing(at):
    before, begun = at.requests(), monotonic()
    assert kinds(at.engine.translate(english("The bus", "is late"), deadline=monotonic() - 1)) == ["timeout"] * 2
    assert monotonic() - begun < 1.0
    assert at.requests() == before


def test_many_may_ask_at_once(at):
    def ask(number):
        batch = english(*(f"PH{number * 10 + each}X is late" for each in range(8)))
        return [text_of(answer) for answer in at.engine.translate(batch, deadline=soon())]

    with ThreadPoolExecutor(4) as pool:
        for number, texts in enumerate(pool.map(ask, range(4))):
            assert all(f"PH{number * 10 + each}X" in text for each, text in enumerate(texts))


def test_only_vendors_are_paid_and_by_the_character(at):
    (answer,) = at.engine.translate(english("The bus is läte"), deadline=soon())
    assert answer.billed == (15 if at.name in VENDORS else 0)


# What goes wrong across a network

SAID = {
    Trouble.RATE: "rate",
    Trouble.AUTH: "auth",
    Trouble.UNSUPPORTED_PAIR: "unsupported_pair",
    Trouble.TOO_LARGE: "too_large",
    Trouble.UNAVAILABLE: "unavailable",
    Trouble.CRASH: "unavailable",
    Trouble.DROP: "unavailable",
    Trouble.GARBAGE: "corrupt",
    Trouble.FEWER: "corrupt",
    Trouble.EMPTY: "corrupt",
}


@pytest.mark.parametrize("trouble", SAID)
def test_every_trouble_has_its_name_and_is_over_with_the_request(troubled, trouble):
    troubled.stub.troubles.append(trouble)
    assert kinds(troubled.engine.translate(english("The bus is late"), deadline=soon())) == [SAID[trouble]]
    assert kinds(troubled.engine.translate(english("The bus is late"), deadline=soon())) == ["ok"]


def test_a_quota_that_is_used_up_is_no_mere_rate(troubled):
    troubled.stub.troubles.append(Trouble.QUOTA)
    (kind,) = kinds(troubled.engine.translate(english("The bus"), deadline=soon()))
    assert kind == ("rate" if troubled.name == "libretranslate" else "quota")


def test_how_long_to_wait_is_passed_on(troubled):
    troubled.stub.troubles.append(Trouble.RATE)
    (answer,) = troubled.engine.translate(english("The bus"), deadline=soon())
    assert answer.retry_after == troubled.stub.retry_after


def test_an_engine_that_does_not_answer_is_left_at_the_deadline(troubled):
    troubled.stub.go_on.clear()
    troubled.stub.troubles.append(Trouble.TIMEOUT)
    begun = monotonic()
    assert kinds(troubled.engine.translate(english("The bus"), deadline=soon(0.2))) == ["timeout"]
    assert monotonic() - begun < 2.0
    troubled.stub.go_on.set()
    assert kinds(troubled.engine.translate(english("The bus"), deadline=soon())) == ["ok"]


def test_nobody_is_asked_twice_by_the_library_itself(troubled):
    before = troubled.requests()
    troubled.stub.troubles.append(Trouble.UNAVAILABLE)
    troubled.engine.translate(english("The bus"), deadline=soon())
    assert troubled.requests() == before + 1


def test_the_language_is_found_out_where_nobody_knows_it(troubled):
    (answer,) = troubled.engine.translate([Segment("a", "", "es", "The bus is late")], deadline=soon())
    assert answer.detected == "en"
    assert troubled.stub.asked[-1].source is None


def test_a_wrong_key_is_said_to_be_one(troubled):
    engine = vendor(troubled.name, troubled.stub, key="wrong")
    can = engine.capabilities()
    (kind,) = kinds(engine.translate(english("The bus"), deadline=soon()))
    engine.close()
    # who does not even list its languages without a key has no pairs, and so is never asked
    assert kind == ("auth" if can.pairs else "unavailable")


def test_a_server_that_is_gone_has_no_pairs_and_no_error(troubled):
    with stubbed(troubled.name) as gone:
        gone.stub.close()
        assert not gone.engine.capabilities().pairs
        assert gone.engine.token_style("en", "es") is None
        assert kinds(gone.engine.translate(english("The bus"), deadline=soon())) == ["unavailable"]


def test_after_the_end_nothing_is_raised(troubled):
    with stubbed(troubled.name) as ended:
        assert ended.engine.capabilities().pairs
        ended.engine.close()
        assert kinds(ended.engine.translate(english("The bus"), deadline=soon())) == ["unavailable"]


LIBRARIES = {
    "deepl": "deepl",
    "google": "google.cloud.translate_v3",
    "azure": "azure.ai.translation.text",
    "amazon": "boto3",
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_without_its_library_a_vendor_has_no_pairs(name, monkeypatch):
    monkeypatch.setitem(sys.modules, LIBRARIES[name], None)
    with stubbed(name) as bare:
        assert not bare.engine.capabilities().pairs
        assert kinds(bare.engine.translate(english("The bus"), deadline=soon()))[0] in {
            "unavailable",
            "unsupported_pair",
        }
        assert bare.requests() == 0


# What goes wrong on this machine


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "wedged"])
def test_a_stage_of_apertium_may_die_or_hang(blow):
    engine = Apertium(stall=0.8)
    engine.translate(english("The bus"), deadline=soon())
    os.kill(engine.resident(("en", "es")).process_ids[3], blow)
    batch = english(*(f"The bus is late, PH{number}X" for number in range(20)))
    answers = engine.translate(batch, deadline=soon())
    assert all(f"PH{number}X" in text_of(answer) for number, answer in enumerate(answers))
    engine.close()


def test_a_damaged_model_is_unavailable(tmp_path: Path):
    tiny_model.write(tmp_path / "en-es")
    weights = tmp_path / "en-es" / "model" / "model.bin"
    weights.write_bytes(weights.read_bytes()[:5000])
    engine = CTranslate2(models=tmp_path)
    assert kinds(engine.translate(english("The bus", "is late"), deadline=soon())) == ["unavailable"] * 2
    assert engine.token_style("en", "es") is None


def test_folders_that_are_no_models_are_passed_over(tmp_path: Path):
    (tmp_path / "en-es").mkdir()
    (tmp_path / "notes.txt").write_text("nothing")
    assert CTranslate2(models=tmp_path).capabilities().pairs == frozenset()
    assert CTranslate2(models=tmp_path / "absent").capabilities().pairs == frozenset()


def test_a_model_is_known_by_its_folder_s_name_too(tmp_path: Path):
    (tiny_model.write(tmp_path / "en-zh_Hans.v3") / "metadata.json").unlink()
    engine = CTranslate2(models=tmp_path)
    assert engine.capabilities().pairs == {("en", "zh-Hans")}
    (answer,) = engine.translate([Segment("a", "en", "zh-Hans", "thank you")], deadline=soon())
    assert isinstance(answer, Result)
    assert answer.model_version == "v3"


# What a vendor calls a language


@pytest.mark.parametrize(
    ("engine", "codes", "ours"),
    [
        ("deepl", ["EN-GB", "EN-US", "PT-BR", "PT-PT", "ZH-HANS", "NB"], {"en": "EN-US", "pt": "PT-BR", "zh-Hans": "ZH-HANS", "no": "NB"}),
        ("google", ["zh-CN", "zh-TW", "tl", "iw", "hmn", "sr-Latn"], {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "fil": "tl", "he": "iw", "hmn": "hmn", "sr-Latn": "sr-Latn"}),
        ("azure", ["mww", "fil", "pt", "pt-pt", "zh-Hant"], {"hmn": "mww", "mww": "mww", "fil": "fil", "pt-BR": "pt", "pt-PT": "pt-pt", "zh-Hant": "zh-Hant"}),
        ("amazon", ["zh", "zh-TW", "es-MX", "fa-AF", "no"], {"zh-Hans": "zh", "zh-Hant": "zh-TW", "es-MX": "es-MX", "prs": "fa-AF", "nb": "no"}),
    ],
)  # fmt: skip
def test_a_vendor_s_codes_become_ours(engine, codes, ours):
    found = known(engine, codes)
    assert {tag: found.get(tag) for tag in ours} == ours


def test_a_language_that_an_engine_does_not_name_is_none():
    assert ours("deepl", "") is None
    assert ours("google", None) is None
    assert ours("amazon", "zh-TW") == "zh-Hant"


def test_a_failure_says_one_of_nine_things():
    assert len(FailureKind) == 9
