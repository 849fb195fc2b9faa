"""What stands around every engine: pieces, rests, order, budget, names that stay, answers that are paid for once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.domain.hidden_names import Names
from services.translation.domain.protection import TokenStyle, protect
from services.translation.engines import breaker as breakers
from services.translation.engines import remote
from services.translation.engines.breaker import Breaker, State
from services.translation.engines.budget import Budget, Level, Spent
from services.translation.engines.chunks import joined, pieces, requests
from services.translation.engines.guarded import Guarded
from services.translation.engines.order import NO_ORDER, Order
from services.translation.engines.port import Capabilities, Failure, FailureKind, Pairs, Result, Segment, SizeUnit
from services.translation.engines.remote import Languages, Refused, Remote, Translated
from shared.clock import monotonic
from shared.observability.metrics import TRANSLATION_NAMES

PAIR = ("en", "es")


class Echo:
    """An engine that gives back what it is given, counts it, and fails when told to."""

    def __init__(self, name: str = "echo", *, max_size: int = 1000, price: int = 0, leaves: bool = False) -> None:
        self.can = Capabilities(
            name, frozenset({PAIR}), max_size=max_size, price_per_million=Decimal(price), leaves_district=leaves
        )
        self.fails: list[FailureKind] = []
        self.retry_after: float | None = None
        self.asked: list[str] = []

    def capabilities(self) -> Capabilities:
        return self.can

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        return TokenStyle.PH

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        self.asked += [segment.text for segment in batch]
        if self.fails:
            kind = self.fails.pop(0)
            return [Failure(segment.id, kind, self.retry_after) for segment in batch]
        paid = 1 if self.can.price_per_million else 0
        return [Result(each.id, each.text, self.can.name, billed=paid * len(each.text)) for each in batch]

    def close(self) -> None:
        """Has nothing."""


def english(*texts: str) -> list[Segment]:
    return [Segment(f"m-{number}", *PAIR, text) for number, text in enumerate(texts)]


def run(engine: Guarded, *texts: str, key: str = "") -> list[str]:
    answers = engine.translate(english(*texts), deadline=monotonic() + 5, key=key)
    return [each.text if isinstance(each, Result) else str(each.kind) for each in answers]


@pytest.fixture
def clock(monkeypatch):
    """The breaker's time, moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(breakers, "monotonic", lambda: now[0])
    return now


# pieces


@settings(max_examples=200)
@given(st.text(st.sampled_from("ab é🎒.!?。\n PH0X"), max_size=200), st.sampled_from(list(SizeUnit)))
def test_pieces_are_small_enough_and_make_the_whole_text_again(text, unit):
    can = Capabilities("x", max_size=24, unit=unit)
    cut = pieces(text, can)
    if cut is None:
        assert any(unit.of(word) > 24 for word in text.split())
        return
    assert all(unit.of(piece.text) <= 24 for piece in cut)
    assert joined(cut, [piece.text for piece in cut]) == text


def test_a_token_is_never_cut_in_two():
    cut = pieces("word " * 10 + "PH12X " + "word " * 10, Capabilities("x", max_size=12))
    assert any("PH12X" in piece.text for piece in cut)


def test_a_word_that_is_too_large_is_not_cut():
    assert pieces("x" * 30, Capabilities("x", max_size=24)) is None


def test_requests_keep_to_items_size_and_one_pair():
    can = Capabilities("x", max_items=2, max_request=10)
    batch = [*english("aaaa", "bbbb", "cccccc", "dddddddddd"), Segment("z", "en", "ca", "e")]
    assert [[each.text for each in run] for run in requests(batch, can)] == [
        ["aaaa", "bbbb"], ["cccccc"], ["dddddddddd"], ["e"],
    ]  # fmt: skip


def test_sizes_are_counted_as_each_engine_counts():
    assert [unit.of("né🎒", targets=3) for unit in SizeUnit] == [3, 7, 9]


def test_pairs_are_every_source_with_every_other_target():
    pairs = Pairs({"en", "es"}, {"en", "es", "so"})
    assert len(pairs) == len(list(pairs)) == 4
    assert ("en", "so") in pairs
    assert ("so", "en") not in pairs
    assert "en" not in pairs
    assert {("en", "es")} <= pairs


# rests


def test_three_failures_in_a_row_rest_the_pair_and_no_other(clock):
    breaker = Breaker()
    for _ in range(3):
        assert breaker.refuses(PAIR) is None
        breaker.failed(PAIR, FailureKind.UNAVAILABLE)
    assert breaker.refuses(PAIR) == (FailureKind.UNAVAILABLE, breakers.REST)
    assert breaker.refuses(("es", "en")) is None


def test_after_the_rest_one_request_tries_while_the_others_wait(clock):
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(PAIR, FailureKind.TIMEOUT)
    clock[0] += breakers.REST
    assert breaker.refuses(PAIR) is None
    assert breaker.state(PAIR) is State.TRYING
    assert breaker.refuses(PAIR) is not None
    breaker.answered(PAIR)
    assert breaker.state(PAIR) is State.CLOSED


def test_who_still_fails_rests_longer(clock):
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(PAIR, FailureKind.TIMEOUT)
    rests = []
    for _ in range(8):
        clock[0] += breaker.refuses(PAIR)[1]
        assert breaker.refuses(PAIR) is None
        breaker.failed(PAIR, FailureKind.TIMEOUT)
        rests.append(breaker.refuses(PAIR)[1])
    assert rests[:2] == [60.0, 120.0]
    assert rests[-1] == breakers.LONGEST_REST


@pytest.mark.parametrize(
    ("kind", "after", "seconds"),
    [
        (FailureKind.RATE, 7.0, 7.0),
        (FailureKind.RATE, None, breakers.RATE_REST),
        (FailureKind.QUOTA, None, 3600.0),
        (FailureKind.AUTH, None, 900.0),
    ],
)
def test_what_concerns_the_account_rests_every_pair_at_once(clock, kind, after, seconds):
    breaker = Breaker()
    breaker.failed(PAIR, kind, retry_after=after)
    assert breaker.refuses(("es", "en")) == (kind, seconds)
    clock[0] += seconds
    assert breaker.refuses(("es", "en")) is None


@pytest.mark.parametrize(
    "kind", [FailureKind.TOO_LARGE, FailureKind.UNSUPPORTED_PAIR, FailureKind.LOW_CONFIDENCE_DETECT]
)
def test_what_concerns_a_text_rests_nobody(clock, kind):
    breaker = Breaker()
    for _ in range(9):
        breaker.failed(PAIR, kind)
    assert breaker.refuses(PAIR) is None


# order


def test_without_a_word_of_the_district_no_text_leaves_it():
    here, outside = Echo("apertium"), Echo("deepl", leaves=True)
    assert NO_ORDER.of_pair([outside, here], PAIR) == [here]
    assert Order.of(None).of_pair([outside, here], PAIR) == [here]
    assert Order.of({"monthly_dollars": 5}).of_pair([outside, here], PAIR) == [here]


def test_the_nearest_pair_decides_the_order():
    engines = [Echo(name) for name in ("apertium", "deepl", "google")]
    said = {
        "use": ["deepl", "apertium"],
        "pairs": {"en-ES": ["google"], "*-es": ["apertium"], "en-*": ["deepl", "absent"]},
    }
    order = Order.of(said)

    def names(*pair):
        return [engine.can.name for engine in order.of_pair(engines, pair)]

    assert names("en", "es") == ["google"]
    assert names("en", "es-MX") == ["google"]
    assert Order.of({"use": ["deepl", "apertium"]}).of_pair(engines, PAIR) == [engines[1], engines[0]]
    assert order.of_pair(engines, ("en", "so")) == []  # nobody has the pair


# budget


def test_a_budget_is_warned_of_at_eighty_percent_and_used_up_at_a_hundred():
    budget = Budget(Decimal(10), 1000, {"deepl": Spent(799, Decimal(1))})
    assert budget.level() is Level.FINE
    assert budget.level(Spent(800, Decimal(1))) is Level.WARNED
    assert budget.level(Spent(1, Decimal(8))) is Level.WARNED
    assert budget.level(Spent(1000, Decimal(1))) is Level.USED_UP
    assert Budget(None, 0).level() is Level.USED_UP
    assert Budget().level(Spent(10**12, Decimal(10**9))) is Level.FINE


def test_what_would_go_beyond_is_not_sent_but_smaller_texts_still_are():
    can = Echo(price=20).can
    budget = Budget(monthly_characters=10, before={"google": Spent(2, Decimal(0))})
    assert budget.allows(can, english("12345", "1234", "123")) == [True, False, True]
    assert budget.allows(Echo().can, english("x" * 99)) == [True]


def test_money_is_counted_to_the_millionth():
    can = Echo("deepl", price=25).can
    budget = Budget(Decimal("0.0001"), None)
    assert budget.allows(can, english("1234", "5")) == [True, False]
    budget.charge(can, [Result("a", "x", "deepl", billed=4), Failure("b", FailureKind.RATE)])
    assert budget.now == {"deepl": Spent(4, Decimal("0.0001"))}
    assert budget.level() is Level.USED_UP


# the guard


def test_a_name_that_is_not_masked_stops_the_text_and_is_counted():
    engine = Echo(leaves=True)
    guarded = Guarded(engine)
    stopped = TRANSLATION_NAMES.labels(engine="echo", outcome="stopped")
    before = stopped._value.get()
    batch = [
        Segment("a", *PAIR, "PH0X is late", ("Riya",)),
        Segment("b", *PAIR, "Riya is late", ("Riya",)),
        Segment("c", *PAIR, "Riyadh is late", ("Riya",)),
    ]
    answers = guarded.translate(batch, deadline=monotonic() + 5)
    assert [isinstance(each, Result) for each in answers] == [True, False, True]
    assert engine.asked == ["PH0X is late", "Riyadh is late"]
    assert stopped._value.get() == before + 1


def test_at_home_names_may_be_seen():
    engine = Echo()
    Guarded(engine).translate([Segment("a", *PAIR, "Riya is late", ("Riya",))], deadline=monotonic() + 5)
    assert engine.asked == ["Riya is late"]


def test_a_large_text_goes_in_pieces_and_comes_back_whole():
    engine = Echo(max_size=30)
    text = "The bus is late today. It comes soon!\nThank you for waiting so long.\n\nGood news."
    assert run(Guarded(engine), "short", text) == ["short", text]
    assert max(map(len, engine.asked)) <= 30
    assert run(Guarded(engine), "x" * 31) == ["too_large"]


def test_what_the_engine_finds_too_large_after_all_is_halved():
    class Strict(Echo):
        def translate(self, batch, *, deadline, key=""):
            made = super().translate(batch, deadline=deadline, key=key)
            small = [len(segment.text) <= 250 for segment in batch]
            return [
                answer if fits else Failure(segment.id, FailureKind.TOO_LARGE)
                for answer, segment, fits in zip(made, batch, small, strict=True)
            ]

    text = "The bus is late today. " * 40
    assert run(Guarded(Strict()), "short", text) == ["short", text]


def test_a_pair_that_does_not_answer_its_canary_comes_to_rest():
    class Mute(Echo):
        tried = 0

        def token_style(self, source, target):
            self.tried += 1

    engine = Mute()
    guarded = Guarded(engine)
    assert [guarded.token_style(*PAIR) for _ in range(6)] == [None] * 6
    assert engine.tried == 3


def test_a_piece_that_fails_fails_the_text():
    engine = Echo(max_size=30)
    engine.fails = [FailureKind.TIMEOUT]
    assert run(Guarded(engine), "The bus is late today. It comes soon!") == ["timeout"]


def test_a_resting_engine_is_not_asked_and_says_why():
    engine = Echo()
    guarded = Guarded(engine)
    engine.fails, engine.retry_after = [FailureKind.RATE], 60.0
    assert run(guarded, "one") == ["rate"]
    (answer,) = guarded.translate(english("two"), deadline=monotonic() + 5)
    assert isinstance(answer, Failure)
    assert answer.kind is FailureKind.RATE
    assert 0 < answer.retry_after <= 60
    assert engine.asked == ["one"]
    assert guarded.token_style(*PAIR) is None


def test_the_same_question_is_paid_for_once():
    engine = Echo(price=20)
    guarded = Guarded(engine)
    assert run(guarded, "one", "two", key="m") == ["one", "two"]
    assert run(guarded, "one", "two", key="m") == ["one", "two"]
    assert engine.asked == ["one", "two"]
    assert run(guarded, "one") == ["one"]
    assert engine.asked == ["one", "two", "one"]


def test_who_comes_too_late_rests_nobody():
    engine = Echo()
    guarded = Guarded(engine)
    for _ in range(5):
        engine.fails = [FailureKind.TIMEOUT]
        guarded.translate(english("one"), deadline=monotonic() - 1)
    assert guarded.breaker.state(PAIR) is State.CLOSED


def test_a_failure_is_asked_again():
    engine = Echo(price=20)
    guarded = Guarded(engine)
    engine.fails = [FailureKind.UNAVAILABLE]
    assert run(guarded, "one", key="m") == ["unavailable"]
    assert run(guarded, "one", key="m") == ["one"]


# names


NAMES = Names.of(
    [
        "Riya",
        "Patel",
        "de la Cruz",
        "O'Brien",
        "Nguyễn",
        "Will",
        "Hope",
        "Zoë",
        "陈美玲",
        "Jean-Luc",
        "X",
        "محمد",
        "สมชาย",
        "王",
        "小明",
        "प्रिया",
        "சரவணன்",
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Riya is late", {"Riya"}),
        ("riya no va a la escuela", {"riya"}),
        ("RIYA PATEL", {"RIYA", "PATEL"}),
        ("Ms. De La Cruz called", {"De La Cruz"}),
        ("Señora Cruz", {"Cruz"}),
        ("ask o’brien or Nguyen", {"o’brien", "Nguyen"}),
        ("Riya's book", {"Riya"}),
        ("Zoe and Zoë", {"Zoe", "Zoë"}),
        ("我是陈美玲的妈妈", {"陈美玲"}),
        ("أنا أم محمد ومحمد", {"محمد", "ومحمد"}),
        ("แม่ของสมชายมา", {"สมชาย"}),
        ("王小明和国王", {"王小明"}),
        ("I will come, I hope", set()),
        ("Will will come", {"Will"}),
        ("Jean-Luc", {"Jean-Luc"}),
        ("Riyadh, X", set()),
        ("ask O‘BRIEN and O`Brien", {"O‘BRIEN", "O`Brien"}),
        ("RiyaPatel, jean luc, JeanLuc", {"RiyaPatel", "jean luc", "JeanLuc"}),
        ("Riya\u200bPatel", {"Riya", "Patel"}),
        ("प्रिया आज आई, சரவணன் வந்தார்", {"प्रिया", "சரவணன்"}),
        ("Ri\u00adya, Zoe\u0308", {"Ri\u00adya", "Zoe\u0308"}),
        ("", set()),
    ],
)
def test_names_are_found_however_they_are_written(text, found):
    assert found <= set(NAMES.inside(text, everyday={"will", "hope"})) <= found | {"Jean", "Luc", "Cruz", "BRIEN", "Brien", "Riya\u200bPatel", "jean", "luc"}


@pytest.mark.parametrize(
    "text",
    ["我是陈美玲的妈妈", "แม่ของสมชายมา", "أنا أم محمد ومحمد", "riya's mom, Riya-Mae", "Zoe De La Cruz's", "see Riya_Patel_", "प्रिया आज", "Ri\u00adya"],
)
def test_every_name_that_is_found_is_masked_and_the_guard_agrees(text):
    names = NAMES.inside(text)
    masked = protect(text, names=names, style=TokenStyle.PH, source="en").masked
    engine = Echo(leaves=True)
    (answer,) = Guarded(engine).translate([Segment("a", *PAIR, masked, names)], deadline=monotonic() + 5)
    assert isinstance(answer, Result)
    assert NAMES.inside(engine.asked[0]) == ()


def test_an_everyday_word_is_hidden_where_nobody_says_that_it_is_one():
    assert NAMES.inside("will come") == ("will",)


class Slow(Remote):
    """Says which languages it has when it is let."""

    def __init__(self) -> None:
        super().__init__(Capabilities("slow"))
        self.let = threading.Event()

    def languages(self) -> Languages:
        self.let.wait(20)
        return Languages({"en": "en"}, {"es": "es"})

    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        return [Translated(text) for text in texts]

    def reason(self, error: Exception) -> Refused:
        return Refused(FailureKind.UNAVAILABLE)


def test_who_does_not_say_its_languages_is_waited_for_once_and_used_when_it_has(monkeypatch):
    monkeypatch.setattr(remote, "LANGUAGES_WAIT", 0.01)
    monkeypatch.setattr(remote, "LOOK_AGAIN", 0.0)
    engine = Slow()
    assert not engine.capabilities().pairs
    begun = monotonic()
    assert not engine.capabilities().pairs
    assert monotonic() - begun < 1.0
    engine.let.set()
    while not engine.capabilities().pairs:
        assert monotonic() - begun < 10.0
    engine.close()
