"""School-like segments for `bench memory`, drawn from a seed: sentences put together from parts, mean 51 characters."""

from __future__ import annotations

import random
from collections.abc import Iterator

_WHO = (
    "your child|the class|all families|every student|the teacher|our office|the nurse|the bus driver|the counselor|"
    "the principal|fifth graders|the choir|the soccer team|the library|grandparents|volunteers|the art club|parents|"
    "the cafeteria|kindergarten"
).split("|")
_DOES = (
    "needs|brought|finished|practiced|will visit|may bring|should return|has started|enjoyed|is missing|forgot|found|"
    "will present|can borrow|must sign|collected|painted|planted|counted|is reading|wrote about|talked about|asked for|"
    "won|shared|helped with|is preparing|will receive|left|built"
).split("|")
_WHAT = (
    "homework|permission slip|lunch|library book|winter coat|science project|reading log|report card|water bottle|"
    "field trip form|math packet|spelling list|gym shoes|instrument|poster|volcano model|picture day order|"
    "vaccination record|emergency card|lunch account|bus pass|locker key|robotics kit|garden bed|weather chart|"
    "vocabulary cards|fraction game|story map|music folder|art portfolio|history essay|planner|headphones|tablet|"
    "charger|calculator|notebook|backpack|snack|umbrella|costume|book fair flyer|yearbook|uniform|medicine form"
).split("|")
_WHEN = (
    "on ⟦0⟧|before ⟦0⟧|by ⟦0⟧ at ⟦1⟧|after school|this week|next week|during recess|in the morning|at the meeting|"
    "before the break|every day|twice this month|at home|in class|tomorrow|as soon as possible|for the concert|"
    "until further notice|at the front desk|with a grown-up"
).split("|")
_WHY = (
    "thank you for your help|please call us with questions|we are proud of this|it counts for the grade|ask me anytime|"
    "see the attached list|no cost to families|rides are offered|we will send a reminder|it makes a difference"
).split("|")
_SYLLABLES = "ba ce di fo gu ha ki lo mi nu pe ra si to va we xi yo za br cl dr fl gr pl st tr sh ch th".split()


def segments(count: int, *, seed: int) -> Iterator[str]:
    """`count` segments, nearly all of them different; a tenth carries a word that hardly another has (a place, a title)."""
    draw = random.Random(seed)
    rare = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))) for _ in range(40_000)]
    for _ in range(count):
        words = [draw.choice(_WHO), draw.choice(_DOES), draw.choice(("the", "a", "one", "two", "new", "their"))]
        if draw.random() < 0.45:
            words.append(draw.choice(rare))
        words.append(draw.choice(_WHAT))
        if draw.random() < 0.47:
            words.append(draw.choice(_WHEN))
        text = " ".join(words)
        if draw.random() < 0.22:
            text += ", " + draw.choice(_WHY)
        yield text + draw.choice((".", ".", "!", ""))


def changed(text: str, draw: random.Random) -> str:
    """The text as another writer would have put it: one to three words replaced, dropped, added, or a letter wrong."""
    words = text.split(" ")
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(words))
        way = draw.random()
        if way < 0.35:
            words[at] = draw.choice((*_WHAT, *_WHO, *_DOES))
        elif way < 0.55 and len(words) > 3:
            del words[at]
        elif way < 0.75:
            words.insert(at, draw.choice(("please", "also", "really", "again", "our", "new", "all", "ready")))
        elif len(words[at]) > 2:
            spot = draw.randrange(len(words[at]))
            words[at] = words[at][:spot] + draw.choice("aeiourstln") + words[at][spot + 1 :]
    return " ".join(words)
