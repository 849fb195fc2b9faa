"""The script for the browser: how large it is, and that it means what Python means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.surveys.definitions.load import load
from services.surveys.domain.given import Given
from services.surveys.expressions import code, parse, rules, to_json
from services.surveys.expressions.browser import SOURCE, minified
from shared.benches import agreement, agreement_cases, peers
from shared.benches.agreement_node import Child
from tests.unit.services.surveys.expressions.test_expressions_meaning import EXAMPLES
from tests.unit.services.surveys.expressions.test_expressions_showing import AGE, ALONE, BUS, LATE, STOP, survey

TODAY = date(2026, 11, 22)
MOST = 6_000  # bytes of script and rules together: what a page may spend on its conditions
SHIPPED = sorted((SOURCE.parents[1] / "definitions").glob("*.yaml"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    script = tmp_path_factory.mktemp("script") / "conditions.cjs"
    script.write_bytes(code())
    with Child(peers.PEERS / "expressions_ours.cjs", str(script)) as child:
        yield child


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_script_and_rules_of_each_shipped_survey_take_six_kilobytes(path: Path) -> None:
    shipped = load(path, path.name).survey
    written = json.dumps(rules(shipped, TODAY, children=("1401", "1402")), ensure_ascii=False, separators=(",", ":"))
    assert len(code()) + len(written.encode()) <= MOST


def test_the_script_is_of_a_kind_that_old_telephones_read() -> None:
    assert not re.search(r"=>|\blet\b|\bconst\b|`|\.includes\(|\.\.\.", code().decode())


def test_random_surveys_mean_the_same_in_the_script_and_by_text_message(browser: Child) -> None:
    tally = agreement.Tally()
    for one in agreement_cases.cases(150, seed=11):
        agreement.compare_ours(one, agreement.answers_seen(one), browser, tally)
    assert tally.examples == []
    assert {"browser", "browser_shown", "browser_faults", "text_messages"} == set(tally.compared)


def test_every_example_of_a_meaning_means_the_same_in_the_script(browser: Child) -> None:
    asks = [{"trees": [to_json(parse(text))], "values": answers, "day": "2026-11-22"} for text, answers, _ in EXAMPLES]
    found = [answer["value"][0] for answer in browser.ask(asks)]
    differing = [
        (example, value)
        for example, value in zip(EXAMPLES, found, strict=True)
        if not agreement.same(example[2], value)
    ]
    assert differing == []


def test_what_stands_on_other_pages_is_given_as_far_as_it_is_read_here() -> None:
    asked = survey(BUS, STOP, LATE, {"id": "free", "type": "text"})
    answers = {"travel": Given(values=("bus",)), "stop": Given(text="Elm St"), "free": Given(text="private")}
    here = rules(asked, TODAY, here={"late"}, answers=answers)
    assert here["a"] == {"stop": "Elm St"}
    assert [step[0] for step in here["s"]] == ["late"]
    assert rules(asked, TODAY, here={"free"}, answers=answers) == {}


def test_a_calculation_goes_along_only_where_it_is_read() -> None:
    asked = survey(
        {"id": "a", "type": "number"}, {"id": "b", "type": "number"}, {"id": "x", "type": "text", "visible_if": "{twice} > 2"}, LATE, STOP, BUS,
        calculations=[{"name": "twice", "expression": "{once} * 2"}, {"name": "once", "expression": "{a}"}, {"name": "other", "expression": "{b}"}],
    )  # fmt: skip
    answers = {"a": Given(number=1.0), "b": Given(number=2.0)}
    here = rules(asked, TODAY, here={"x"}, answers=answers)
    assert [step[0] for step in here["s"]] == ["once", "twice", "x"]
    assert here["a"] == {"a": 1.0}


def test_what_is_hidden_on_another_page_is_not_given() -> None:
    answers = {"travel": Given(values=("walk",)), "stop": Given(text="Elm St")}
    assert rules(survey(BUS, STOP, LATE), TODAY, here={"late"}, answers=answers)["a"] == {}


def test_each_childs_answer_on_another_page_stays_its_own() -> None:
    answers = {"years": Given(children={"ana": Given(number=14.0)})}
    here = rules(survey(AGE, ALONE), TODAY, here={"alone"}, answers=answers, children=("ana", "ben"))
    assert here["p"] == {"ana": {"years": 14.0}, "ben": {}}
    assert here["k"] == ["ana", "ben"]


@pytest.mark.parametrize(
    ("source", "small"),
    [
        ("var long = 1; // why\nuse(long);", "var a=1;use(a);"),
        ('say("a  //  b");', 'say("a  //  b");'),
        ("x = a / b; // half", "x=a/b;"),
        ("s.replace(/[/\\s]+/g, ' ')", "s.replace(/[/\\s]+/g,' ')"),
        ("function (first, second) { return first + +second; }", "function(a,b){return a+ +b}"),
        ("x++ + y", "x++ +y"),
        ("thing.name = { name: 1 }", "thing.name={name:1}"),
    ],
)
def test_space_comments_and_long_names_go_and_nothing_else(source: str, small: str) -> None:
    assert minified(source) == small
