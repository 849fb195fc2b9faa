"""Does a condition mean the same to the server, the browser, a text message, and to SurveyJS where the language is shared?

Random surveys, answers and expressions; Python's closures, the page's own script under Node, the walk by text message, and
survey-core from npm. `disagreements` counts every value, every shown question and every fault that differs.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any

from shared.benches import agreement_cases, peers
from shared.benches.agreement_cases import CHILDREN, PER_CHILD, TODAY, Case
from shared.benches.agreement_node import Child
from shared.benches.agreement_walk import walked
from shared.benches.calendars import packages

expressions = import_module("services.surveys.expressions")  # the benches measure services without depending on them
given = import_module("services.surveys.domain.given")

WHOLE = 3  # every so many cases survey-core shows a whole survey, which is slow
TIMED = 400
EXAMPLES = 12
CONTEXT = expressions.Context(TODAY)
DAY = TODAY.isoformat()


@dataclass
class Tally:
    """What was compared with whom, and what differed."""

    compared: dict[str, int] = field(default_factory=dict)
    differed: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def note(self, who: str, what: str, ours: Any, theirs: Any) -> None:
        self.compared[who] = self.compared.get(who, 0) + 1
        if not same(ours, theirs):
            self.differed[who] = self.differed.get(who, 0) + 1
            if len(self.examples) < EXAMPLES:
                self.examples.append({"who": who, "what": what, "python": ours, "other": theirs})


def run(*, cases: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`disagreements`: values, shown questions and faults that came out otherwise than in Python, over all evaluators."""
    tally = Tally()
    timed: list[tuple[Any, dict[str, Any]]] = []
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "conditions.cjs"
        script.write_bytes(expressions.code())
        folder = peers.PEERS
        with (
            Child(folder / "expressions_ours.cjs", str(script)) as ours,
            Child(folder / "expressions_surveycore.cjs", str(packages())) as theirs,
        ):
            for number, one in enumerate(agreement_cases.cases(cases, seed)):
                seen = answers_seen(one)
                values, shown = compare_ours(one, seen, ours, tally)
                if one.shared:
                    _with_survey_core(one, seen, values, shown, theirs, tally, whole=number % WHOLE == 0)
                if len(timed) < TIMED:
                    timed += [(tree, seen) for tree in one.trees]
                if number % 1000 == 999:
                    say(f"{number + 1} surveys, {sum(tally.differed.values())} differences")
            browser = ours.ask(
                [{"time": [[expressions.to_json(tree), seen] for tree, seen in timed], "rounds": 100, "day": DAY}]
            )[0]
            survey_core = theirs.ask(
                [{"time": [[text(tree), plain(seen)] for tree, seen in timed], "rounds": 20, "day": DAY}]
            )[0]
    return {
        "cases": cases,
        "seed": seed,
        "disagreements": sum(tally.differed.values()),
        "compared": tally.compared,
        "compared_with_survey_core": tally.compared.get("survey_core", 0) + tally.compared.get("survey_core_shown", 0),
        "python_per_cpu_s": python_rate(timed),
        "node_per_cpu_s": round(browser["done"] / browser["cpu_s"]),
        "survey_core_per_cpu_s": round(survey_core["done"] / survey_core["cpu_s"]),
        "bytes_of_browser_code": len(expressions.code()),
        "bytes_of_largest_shipped_rules": largest_rules(),
        "examples": tally.examples,
    }


def compare_ours(one: Case, seen: dict[str, Any], ours: Child, tally: Tally) -> tuple[list[Any], dict[str, Any]]:
    """One case through Python, the script and the walk; gives Python's values and what it shows."""
    values = [expressions.compile(tree)(seen, CONTEXT) for tree in one.trees]
    now = expressions.situation(one.survey, one.answers, TODAY, children=CHILDREN)
    shown = shown_by(now)
    faults = expressions.faults(one.survey, one.answers, TODAY, children=CHILDREN)
    rules = expressions.rules(one.survey, TODAY, children=CHILDREN)
    said, declined = as_said(one)
    trees = [expressions.to_json(tree) for tree in one.trees]
    question = {"trees": trees, "values": seen, "day": DAY, "rules": rules, "said": said, "declined": declined}
    browser = ours.ask([question])[0]
    written = [expressions.text_of(tree) for tree in one.trees]
    for text_, value, other in zip(written, values, browser["value"], strict=True):
        tally.note("browser", f"{text_} of {seen}", plain(value), other)
    conditions = {each.id: (each.visible_if, each.required_if, each.constraint) for each in one.survey.questions}
    if rules:
        tally.note("browser_shown", f"{conditions} of {seen}", shown, browser["look"]["shown"])
        tally.note("browser_faults", f"{conditions} of {seen}", faults, browser["look"]["faults"])
    held = walked(one.survey, one.answers, TODAY, CHILDREN)
    by_text = None
    if held is not None:
        by_text = shown_by(expressions.situation(one.survey, held, TODAY, children=CHILDREN))
    tally.note("text_messages", f"{conditions} of {seen}", shown, by_text)
    return values, shown


def _with_survey_core(
    one: Case,
    seen: dict[str, Any],
    values: Sequence[Any],
    shown: Mapping[str, Any],
    theirs: Child,
    tally: Tally,
    *,
    whole: bool,
) -> None:
    whole = whole and not any(each.id in PER_CHILD for each in one.survey.questions)
    question: dict[str, Any] = {"texts": [text(tree) for tree in one.trees], "values": without_none(seen), "day": DAY}
    if whole:
        said, declined = as_said(one)
        question |= {"survey": surveyjs(one.survey), "said": {k: v for k, v in said.items() if k not in declined}}
        question["order"] = [step[0] for step in expressions.rules(one.survey, TODAY).get("s", ())] or sorted(said)
    answer = theirs.ask([question])[0]
    for written, value, other in zip(question["texts"], values, answer["value"], strict=True):
        if isinstance(value, bool):
            other = bool(other) if not isinstance(other, dict) else other
        elif other == "":
            other = None
        tally.note("survey_core", f"{written} of {seen}", plain(value), other)
    if whole:
        conditions = [(each.id, each.visible_if) for each in one.survey.questions]
        tally.note("survey_core_shown", f"{conditions} of {seen}", sorted(shown), sorted(answer["shown"]))


def surveyjs(survey: Any) -> dict[str, Any]:
    """The same questions and conditions for survey-core; a hidden question forgets its answer there too."""
    kinds = {"single": "radiogroup", "multi": "checkbox", "yes_no": "boolean", "matrix_single": "matrix"}
    elements = []
    for each in survey.questions:
        element: dict[str, Any] = {"type": kinds.get(each.type.value, "text"), "name": each.id}
        if each.options:
            element["columns" if each.rows else "choices"] = [option.value for option in each.options]
        if each.rows:
            element["rows"] = [row.value for row in each.rows]
        if each.visible_if:
            element["visibleIf"] = text(expressions.parse(each.visible_if))
        elements.append(element)
    calculated = [{"name": name, "expression": text(expressions.parse(each))} for name, each in survey.calculations]
    return {"clearInvisibleValues": "onHidden", "calculatedValues": calculated, "elements": elements}


def text(tree: Any) -> str:
    """As survey-core's grammar wants it."""
    written: str = expressions.text_of(tree, surveyjs=True)
    return written


def answers_seen(one: Case) -> dict[str, Any]:
    """What an expression outside of a panel sees where nothing is hidden."""
    seen: dict[str, Any] = {}
    for question in one.survey.questions:
        value = given.scalar(question, one.answers.get(question.id, given.Given()))
        if question.per_child:
            value = tuple(value.values()) if isinstance(value, dict) and value else None
        if value is not None:
            seen[question.id] = value
    return seen


def as_said(one: Case) -> tuple[dict[str, Any], dict[str, bool]]:
    """What a form says, and where somebody declined."""
    said, declined = {}, {}
    for question in one.survey.questions:
        answer = one.answers.get(question.id, given.Given())
        value = given.scalar(question, answer)
        said[question.id] = plain(value) if value is not None else ({} if question.per_child else None)
        declined[question.id] = answer.declined
        declined |= {f"{question.id}@{child}": each.declined for child, each in answer.children.items()}
    return said, {name: True for name, no in declined.items() if no}


def shown_by(now: Any) -> dict[str, Any]:
    """True, or for which children."""
    return {each.id: list(now.children[each.id]) if each.per_child else True for each in now.questions}


def plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return {name: plain(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def without_none(seen: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in seen.items() if value is not None}


def same(ours: Any, theirs: Any) -> bool:
    """1 and 1.0 are one number; true is none."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[name], theirs[name]) for name in ours)
    return bool(ours == theirs)


def python_rate(timed: Sequence[tuple[Any, dict[str, Any]]]) -> int:
    """Evaluations a CPU second of closures that are bound already."""
    bound = [(expressions.compile(tree), seen) for tree, seen in timed]
    begun = process_time()
    for _ in range(100):
        for closure, seen in bound:
            closure(seen, CONTEXT)
    return math.floor(100 * len(bound) / (process_time() - begun))


def largest_rules() -> int:
    """Bytes of the largest rules of a shipped survey, all of its questions on one page."""
    loading = import_module("services.surveys.definitions.load")
    folder = Path(str(loading.__file__)).parent
    surveys = [loading.load(path, path.name).survey for path in sorted(folder.glob("*.yaml"))]
    found = [json.dumps(expressions.rules(each, TODAY), ensure_ascii=False, separators=(",", ":")) for each in surveys]
    return max(len(each.encode()) for each in found)
