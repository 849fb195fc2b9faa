"""The closed words of a definition: what kinds of question there are, what an answer may do, who may know who answered."""

from __future__ import annotations

from enum import StrEnum


class QuestionType(StrEnum):
    """Where an answer lies in `Given`: see `docs/surveys-definitions.md`. `note` is shown and has no answer."""

    SINGLE = "single"
    MULTI = "multi"
    YES_NO = "yes_no"
    CONSENT = "consent"  # a tick beside a text: `yes`, or nothing
    LANGUAGE = "language"  # a language tag among the options
    RANKING = "ranking"  # all options (or the first `most`) in order
    SCALE = "scale"  # labelled points (options), or numbers from `min` to `max`
    RATING = "rating"  # so many of `max` stars
    NUMBER = "number"
    TEXT = "text"
    LONG_TEXT = "long_text"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    TIME = "time"
    DATE = "date"
    DATETIME = "datetime"
    MATRIX_SINGLE = "matrix_single"  # one option for each row
    MATRIX_MULTI = "matrix_multi"
    AVAILABILITY = "availability"  # rows are days, options are parts of the day
    VOICE = "voice"  # a recording, or words instead
    NOTE = "note"


# options are chosen by themselves, once for the whole question
CHOICES = frozenset(
    {
        QuestionType.SINGLE,
        QuestionType.MULTI,
        QuestionType.YES_NO,
        QuestionType.CONSENT,
        QuestionType.LANGUAGE,
        QuestionType.RANKING,
    }
)
GRIDS = frozenset({QuestionType.MATRIX_SINGLE, QuestionType.MATRIX_MULTI, QuestionType.AVAILABILITY})
SEVERAL = frozenset({QuestionType.MULTI, QuestionType.RANKING})
NUMERIC = frozenset({QuestionType.NUMBER, QuestionType.SCALE, QuestionType.RATING})
WORDS = frozenset(
    {
        QuestionType.TEXT,
        QuestionType.LONG_TEXT,
        QuestionType.NAME,
        QuestionType.EMAIL,
        QuestionType.PHONE,
        QuestionType.VOICE,
    }
)
DATED = frozenset({QuestionType.DATE, QuestionType.DATETIME})  # ISO 8601 in `Given.text`, on the school's clock


class Detail(StrEnum):
    """What may be added to a choice."""

    TEXT = "text"
    TIME = "time"


class Rule(StrEnum):
    """What an answer may do."""

    PREFERENCE = "preference"
    CONCERN = "concern"
    BOUNDARY = "boundary"
    BARRIER = "barrier"
    INSIGHT = "insight"
    NEED = "need"
    PLAN = "plan"
    POLL = "poll"
    PULSE = "pulse"


class Privacy(StrEnum):
    """`identified`: staff who work with the child may read who said what. `confidential`: only named staff may.
    `anonymous`: answers share no key with the invitation and no time finer than an hour."""

    IDENTIFIED = "identified"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


class Mode(StrEnum):
    """How one definition can be answered."""

    WEB = "web"
    OFFLINE = "offline"
    SMS = "sms"
    VOICE = "voice"
    PAPER = "paper"
    STAFF = "staff"


# 20 U.S.C. 1232h(b) (PPRA), and the culture of a family, which touches its religion
PROTECTED = (
    "politics",
    "mental_health",
    "sex",
    "illegal_acts",
    "family_appraisal",
    "privileged_ties",
    "religion",
    "income",
    "culture",
)
NOT_PROTECTED = "none"  # what an author writes beside a question that only sounds like one of these
