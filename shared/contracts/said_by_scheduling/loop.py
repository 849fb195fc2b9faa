"""Notes and corrections, promises, shared plans, disagreement and referrals.

An event that a family hears of is said once per guardian, with the words already in that guardian's language: `words` in the
order named, `label` says whether a machine made them ("machine"), they stayed as written ("source"), or neither ("").
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from shared.contracts.base import Contract, Lane, Sealed, day, event, ident, idents, instant, integer, number, word

LABELS = ("", "machine", "source")
_PLAN = {"plan_id": "0198c0de-0000-7000-8000-0000000000d1", "version": 1}
_ABOUT = {"student_id": "s-0100", "school_id": "org-northgate"}
_HOME = {**_ABOUT, "guardian_id": "g-halima"}
_WORDS = {"language": "so", "label": "machine", "words": ["Algebra 75"]}


def _plan() -> dict[str, fields.Field[Any]]:
    return {"plan_id": ident(), "version": integer(), "student_id": ident(), "school_id": ident(), "staff_id": ident()}


def _words() -> dict[str, fields.Field[Any]]:
    return {"language": word(), "label": word(*LABELS), "words": Sealed(fields.List(fields.Str()))}


EVENTS: list[Contract] = [
    event(
        "scheduling.words_written",
        "T",
        {
            "text_id": ident(),
            "source_language": word(),
            "targets": fields.List(word(), required=True),
            "text": Sealed(),
            "protected": Sealed(fields.List(fields.Str())),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-0000000000d0",
            "source_language": "en",
            "targets": ["so"],
            "text": "tutoring on Tuesday",
            "protected": ["Amina"],
        },
        purpose="Somebody's own words, to be read in these languages; the answer is translation.text_translated.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.plan_asked",
        "N A",
        {
            "plan_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "staff_id": ident(),
            "text": Sealed(),
            "language": word(),
        },
        sample={
            "plan_id": _PLAN["plan_id"],
            **_HOME,
            "staff_id": "t-okafor",
            "text": "Waan jeclaan lahaa inaan caawino",
            "language": "so",
        },
        purpose="A guardian asks for a plan, in their own words: a draft for the teacher to fill in.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.plan_proposed",
        "N A",
        {
            **_plan(),
            "guardian_id": ident(),
            "checkin_on": day(),
            "due_on": day(),
            "owners": Sealed(fields.List(fields.Str())),
            "priority": Sealed(allow_none=True),
            "link": Sealed(),
            "answer_by": instant(),
            **_words(),
        },
        sample={
            **_PLAN,
            **_HOME,
            "staff_id": "t-okafor",
            "checkin_on": "2026-10-09",
            "due_on": "2026-10-20",
            "owners": ["John Okafor"],
            "priority": None,
            "link": "https://homeroom.example.org/scheduling/p/token",
            "answer_by": "2026-10-20T22:00:00+00:00",
            **_WORDS,
            "words": ["Algebra 75", "tutoring on Tuesday"],
        },
        purpose="A version of a plan asks for this home's yes. `words`: the goal, then the steps; `owners`: whose each step is.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.plan_accepted",
        "N A",
        {**_plan(), "guardian_id": ident()},
        sample={**_PLAN, **_HOME, "staff_id": "t-okafor"},
        purpose="A home has said yes; the plan is not active yet.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.plan_agreed",
        "N A",
        {**_plan(), "checkin_on": day(), "agreed_by": idents()},
        sample={**_PLAN, **_ABOUT, "staff_id": "t-okafor", "checkin_on": "2026-10-09", "agreed_by": ["g-halima"]},
        purpose="Both sides have accepted this version: it is active. `agreed_by`: guardians who are to hear it now.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.plan_checkin_due",
        "N A",
        {**_plan(), "guardian_id": ident(allow_none=True), "link": Sealed(allow_none=True)},
        sample={**_PLAN, **_HOME, "staff_id": "t-okafor", "link": "https://homeroom.example.org/scheduling/p/token"},
        purpose="The day of a plan's check-in: to the keeper (no guardian) as a task, to each home that accepted as a question.",
    ),
    event(
        "scheduling.plan_reviewed",
        "N A",
        {
            **_plan(),
            "outcome": word("kept", "changed", "ended"),
            "score": number(allow_none=True),
            "next_version": integer(allow_none=True),
        },
        sample={**_PLAN, **_ABOUT, "staff_id": "t-okafor", "outcome": "changed", "score": 68.0, "next_version": 2},
        purpose="A version was looked at together; a changed plan is proposed anew as the next version.",
    ),
    event(
        "scheduling.plan_goal_met",
        "N A",
        {**_plan(), "guardian_id": ident(), "score": number(), "target": number(), **_words()},
        sample={**_PLAN, **_HOME, "staff_id": "t-okafor", "score": 76.0, "target": 75.0, **_WORDS},
        purpose="The goal is reached: celebrated with each home that took part. `words`: what this home did.",
    ),
    event(
        "scheduling.summary_shared",
        "N A",
        {
            "note_id": ident(),
            "meeting_id": ident(allow_none=True),
            "guardian_id": ident(),
            "student_id": ident(),
            "staff_id": ident(),
            "school_id": ident(),
            "next_on": day(allow_none=True),
            "answer_by": instant(),
            "link": Sealed(),
            **_words(),
        },
        sample={
            "note_id": "0198c0de-0000-7000-8000-0000000000d2",
            "meeting_id": None,
            **_HOME,
            "staff_id": "t-okafor",
            "next_on": "2026-10-09",
            "answer_by": "2026-10-02T15:00:00+00:00",
            "link": "https://homeroom.example.org/scheduling/n/token",
            **_WORDS,
            "words": ["Evenings are short", "set 3 was late twice", "practice on weekends"],
        },
        purpose="What was heard, the example and what was agreed, for the guardian to confirm or correct.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.summary_confirmed",
        "N A",
        {"note_id": ident(), "guardian_id": ident(), "student_id": ident(), "staff_id": ident(), "school_id": ident()},
        sample={"note_id": "0198c0de-0000-7000-8000-0000000000d2", **_HOME, "staff_id": "t-okafor"},
        purpose="The guardian says that it was so.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.summary_corrected",
        "N A",
        {
            "note_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "staff_id": ident(),
            "school_id": ident(),
            "text": Sealed(),
            "language": word(),
        },
        sample={
            "note_id": "0198c0de-0000-7000-8000-0000000000d2",
            **_HOME,
            "staff_id": "t-okafor",
            "text": "Toddobaadka dhammaadkiisa ayaan ku iri",
            "language": "so",
        },
        purpose="The guardian's own words beside the note, as they were written.",
    ),
    event(
        "scheduling.disagreement_opened",
        "N A",
        {
            "disagreement_id": ident(),
            "plan_id": ident(),
            "version": integer(),
            "step": integer(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "staff_id": ident(),
            "mediator_id": ident(allow_none=True),
            "meet_by": day(),
            "views": Sealed(),
        },
        sample={
            "disagreement_id": "0198c0de-0000-7000-8000-0000000000d3",
            **_PLAN,
            "step": 2,
            **_HOME,
            "staff_id": "t-okafor",
            "mediator_id": "t-chen",
            "meet_by": "2026-10-06",
            "views": "Nights are too late for her",
        },
        purpose="A guardian sees one step differently: it pauses, both sides' words stand side by side, a mediator offers to meet.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.disagreement_closed",
        "N A",
        {
            "disagreement_id": ident(),
            "plan_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "staff_id": ident(),
            "mediator_id": ident(allow_none=True),
            "outcome": word("agreed", "agreed_to_differ"),
        },
        sample={
            "disagreement_id": "0198c0de-0000-7000-8000-0000000000d3",
            "plan_id": _PLAN["plan_id"],
            **_HOME,
            "staff_id": "t-okafor",
            "mediator_id": "t-chen",
            "outcome": "agreed",
        },
        purpose="Both sides have agreed, or agreed to differ.",
    ),
    event(
        "scheduling.referral_made",
        "N A",
        {
            "referral_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "counselor_id": ident(allow_none=True),
            "need": Sealed(),
            "due_at": instant(),
        },
        sample={
            "referral_id": "0198c0de-0000-7000-8000-0000000000d4",
            "guardian_id": "g-lan",
            "student_id": "s-0003",
            "school_id": "org-greenview",
            "counselor_id": "t-chen",
            "need": "winter_coats",
            "due_at": "2026-10-01T15:00:00+00:00",
        },
        purpose="A family has asked for help and consented: the counselor's, nobody else's.",
    ),
    event(
        "scheduling.services_listed",
        "N",
        {
            "need_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "language": word(),
            "services": Sealed(),
        },
        sample={
            "need_id": "0198c0de-0000-7000-8000-0000000000d5",
            "guardian_id": "g-lan",
            "student_id": "s-0003",
            "school_id": "org-greenview",
            "language": "vi",
            "services": "Nhà thờ Thánh Anna: áo ấm, thứ Bảy 9-12 giờ",
        },
        purpose="Local services for a need, in the home's language, with or without consent to a referral.",
    ),
]
