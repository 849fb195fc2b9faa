"""XLSForm's types of question, and ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pyxform.aliases import select as SELECTS
from pyxform.aliases import select_from_file as FROM_FILE
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT as KNOWN

from services.surveys.domain.kinds import QuestionType


class Line(StrEnum):
    """What a row of the survey sheet is."""

    QUESTION = "question"
    CALCULATION = "calculation"
    BEGIN_GROUP = "begin_group"
    END_GROUP = "end_group"
    BEGIN_REPEAT = "begin_repeat"
    END_REPEAT = "end_repeat"
    RECORDED = "recorded"  # what a data collector's device notes by itself: nothing is asked
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Kind:
    """`choices` names the list; `or_other` adds a choice with free words; `why` says what is impossible."""

    line: Line
    type: QuestionType | None = None
    choices: str | None = None
    or_other: bool = False
    why: str = ""


_BY_FIELD = {
    "string": QuestionType.TEXT,
    "int": QuestionType.NUMBER,
    "decimal": QuestionType.NUMBER,
    "date": QuestionType.DATE,
    "time": QuestionType.TIME,
    "dateTime": QuestionType.DATETIME,
}
_BY_NAME = {"note": QuestionType.NOTE, "audio": QuestionType.VOICE, "range": QuestionType.SCALE}
_RECORDED = frozenset({"start", "end", "today", "username", "audit", "deviceid", "start time", "end time"})
_BLOCKS = {
    "group": (Line.BEGIN_GROUP, Line.END_GROUP),
    "repeat": (Line.BEGIN_REPEAT, Line.END_REPEAT),
    "lgroup": (Line.BEGIN_REPEAT, Line.END_REPEAT),
    "looped group": (Line.BEGIN_REPEAT, Line.END_REPEAT),
}


def read_kind(written: str) -> Kind:
    """What the `type` cell asks for."""
    words = " ".join(written.split())
    if (block := _block(words)) is not None:
        return block
    if (select := _select(words)) is not None:
        return select
    if words == "calculate" or words.endswith(" calculate") or words == "add calculate prompt":
        return Kind(Line.CALCULATION)
    known = KNOWN.get(words) or KNOWN.get(words.lower())
    if known is None:
        return Kind(Line.IMPOSSIBLE, why=f"there is no type of question named {words[:40]}")
    return _plain(words, known)


def _block(words: str) -> Kind | None:
    verb, _, what = words.lower().replace("_", " ").partition(" ")
    if verb not in ("begin", "end"):
        return None
    lines = _BLOCKS.get(what.strip())
    if lines is None:
        return Kind(Line.IMPOSSIBLE, why=f"blocks of the kind {what[:40]} are not known")
    return Kind(lines[0] if verb == "begin" else lines[1])


def _select(words: str) -> Kind | None:
    lowered = words.lower()
    for alias in sorted(SELECTS, key=len, reverse=True):
        if lowered == alias or lowered.startswith(alias + " "):
            rest = words[len(alias) :].strip()
            if alias in FROM_FILE or "external" in alias:
                return Kind(
                    Line.IMPOSSIBLE, why="choices from another file cannot be asked by text message or on paper"
                )
            other = rest.lower().endswith(("or_other", "or specify other"))
            name = rest.rsplit(" or", 1)[0].strip() if other else rest
            several = "multiple" in alias or "all that apply" in alias
            type_ = QuestionType.RANKING if alias == "rank" else QuestionType.MULTI if several else QuestionType.SINGLE
            return Kind(Line.QUESTION, type_, name, other)
    return None


def _plain(words: str, known: dict[str, dict[str, str]]) -> Kind:
    control, bind = known.get("control", {}).get("tag"), known.get("bind", {})
    if control == "trigger" and "background" not in words:
        return Kind(Line.QUESTION, QuestionType.CONSENT)
    if bind.get("readonly") == "true()":
        return Kind(Line.QUESTION, QuestionType.NOTE)
    if "jr:preload" in bind or words.lower() in _RECORDED:
        return Kind(Line.RECORDED)
    if (words.lower().endswith("audio") and control == "upload") or words == "add audio prompt":
        return Kind(Line.QUESTION, QuestionType.VOICE)
    named = _BY_NAME.get(words.lower())
    if named is not None:
        return Kind(Line.QUESTION, named)
    if control == "input" and bind.get("type", "") in _BY_FIELD:
        return Kind(Line.QUESTION, _BY_FIELD[bind["type"]])
    return Kind(
        Line.IMPOSSIBLE, why=f"a question of the type {words[:40]} cannot be asked in every way a family may answer"
    )
