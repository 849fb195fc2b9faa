"""What stands in a letter: the family's language first, the same in English below, a code that leads to the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.notifications.domain.sending import GUARDED, Weight
from services.notifications.domain.wording import long_day
from services.notifications.handlers import grounds, planning, rendering
from services.notifications.handlers.composing import SCHOOL_LANGUAGE, Draft, ask_texts
from services.notifications.paper.letter import Copy, Letter, on_paper
from services.notifications.ports import Ports
from services.notifications.store import messages, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]

DEAR, DEAR_AS, SCAN, CALL, SAME, HERE = (
    "letter.dear", "letter.dear_as", "letter.scan", "letter.call", "letter.same", "letter.code_here",
)  # fmt: skip
# the roster's words (OneRoster, Ed-Fi) for which a family has a word of its own; for the others a name is enough
RELATIONS = {
    "Mother": "mother", "Father": "father", "Grandmother": "grandmother", "Grandfather": "grandfather",
    "Grandparent": "grandparent", "Great Grandparent": "grandparent", "Aunt": "aunt", "Great aunt": "aunt", "Uncle": "uncle",
    "Great uncle": "uncle", "Cousin": "cousin", "Sister, natural/adoptive": "sister", "Sister, half": "sister",
    "Brother, natural/adoptive": "brother", "Brother, half": "brother", "Guardian": "guardian",
    "Court appointed guardian": "guardian",
}  # fmt: skip
KEYS = (DEAR, DEAR_AS, SCAN, CALL, SAME, HERE, *sorted({f"relation.{word}" for word in RELATIONS.values()}))
PHRASES = {key: derived_id("letter-phrase", key) for key in KEYS}
# what English letters say until translation has answered once
_ENGLISH = {DEAR: "Dear {name},", DEAR_AS: "Dear {name} ({relation}),"}


def ask(uow: UnitOfWork, languages: Iterable[str]) -> None:
    """Have the words around letters in these languages; what was asked before is not asked again."""
    wanted = {*languages, SCHOOL_LANGUAGE}
    drafts = [Draft(phrase, "info", Weight.ANSWER, None, (), catalogue_key=key) for key, phrase in PHRASES.items()]
    ask_texts(uow, [(draft, wanted) for draft in drafts])


def awaited(uow: UnitOfWork, languages: Iterable[str]) -> bool:
    """Whether translation still owes words for letters in these languages."""
    wanted = {*languages, SCHOOL_LANGUAGE}
    known = messages.texts(uow.connection, PHRASES.values())
    return any(language in wanted and row["text"] is None and not row["failed"] for (_, language), row in known.items())


def write(uow: UnitOfWork, ports: Ports, letters: Sequence[Row], deliveries: Sequence[Row], *, code: str) -> dict[str, Letter]:
    """By letter; one that has no words (a text that never came) is not there. `letters`: with name and place."""
    facts = grounds.ground(uow, deliveries)
    told = {row["delivery_id"]: row for row in deliveries}
    # announcements say what may be told now, of whom it may be told: what a letter told of is kept with it
    # whoever queued it: what is the guardian's alone to read is no office's paper
    guarded = {known for known, message in facts.messages.items() if message["category"] == GUARDED}
    letters = [row for row in letters if told[row["letter_id"]]["message_id"] not in guarded]
    several = [row for row in deliveries if row["lane"] != messages.PERSONAL and row["reason"] != "digest"]
    anew = planning.announced_anew(uow, ports, several, facts)
    messages.change(
        uow.connection, [{"b_id": known, "students": list(students)} for known, (_, students) in anew.items() if students]
    )
    english_rows = [{**row, "language": SCHOOL_LANGUAGE} for row in deliveries]
    own, english = (
        rendering.bodies(
            uow, ports, rows, about=facts.messages, preferences=facts.preferences, schools=facts.schools
        )
        for rows in (deliveries, english_rows)
    )
    words = _Words(messages.texts(uow.connection, PHRASES.values()))
    relations = _relations(uow, deliveries)
    written = {}
    for letter in letters:
        row = told[letter["letter_id"]]
        school = facts.schools.get(row["school_id"] or "")
        phone = (school["settings"].get("office_phone") if school else None) or ""
        body, mine = row["body"], own.get(row["delivery_id"])
        text = anew[row["delivery_id"]][0] if row["delivery_id"] in anew else body or (mine.text if mine else None)
        if text is None:
            continue
        relation = relations.get(row["delivery_id"])
        given = letter["given_name"] or letter["family_name"] or ""
        copies = [words.copy(row["language"], text, name=given, relation=relation, phone=phone)]
        same = english.get(row["delivery_id"])
        if not _english(row["language"]) and same is not None and _is_all(body, mine, over_cap=row["over_cap"]):
            said = same.finished(over_cap=row["over_cap"])
            copies.append(words.copy(SCHOOL_LANGUAGE, said, name=given, relation=relation, phone=phone, second=True))
        local = uow.now.astimezone(rendering.school_zone(school)).date()
        written[letter["letter_id"]] = Letter(
            code=f"{code}-{letter['part']}.{letter['place']}",
            name=" ".join(filter(None, (letter["given_name"], letter["family_name"]))),
            school=school["name"] if school else "",
            date=long_day(local, row["language"]),
            link=rendering.inbox_link(uow, ports, row["recipient_id"], row["language"]),
            copies=tuple(copies),
            office=phone,
        )
    return written


def _english(language: str) -> bool:
    return language.split("-")[0] == SCHOOL_LANGUAGE


def _is_all(body: str | None, mine: rendering.Body | None, *, over_cap: bool) -> bool:
    """Whether the letter says this one message: of several merged into one, English would tell only the first."""
    if body is None or mine is None:
        return body is None
    return on_paper(body, "") == on_paper(mine.finished(over_cap=over_cap), "")


def _relations(uow: UnitOfWork, deliveries: Sequence[Row]) -> dict[str, str]:
    """What each reader is to the first child that the message tells of."""
    students = {student for row in deliveries for student in row["students"]}
    links = {
        (link["guardian_id"], link["student_id"]): link["relationship"] for link in people.families(uow.connection, students)
    }
    found = {}
    for row in deliveries:
        words = (RELATIONS.get(links.get((row["recipient_id"], student), "")) for student in row["students"])
        if (word := next(filter(None, words), None)) is not None:
            found[row["delivery_id"]] = f"relation.{word}"
    return found


class _Words:
    """The words around letters, by key and language; English where the language's own have not come."""

    def __init__(self, texts: Mapping[tuple[str, str], Row]) -> None:
        self._texts = texts

    def say(self, key: str, language: str, **params: str) -> str:
        for tag in (language, SCHOOL_LANGUAGE):
            row = self._texts.get((PHRASES[key], tag))
            if row is not None and row["text"] is not None:
                return _filled(row["text"], params)
        return _filled(_ENGLISH.get(key, ""), params)

    def copy(
        self, language: str, text: str, *, name: str, relation: str | None, phone: str, second: bool = False
    ) -> Copy:
        known = self.say(relation, language) if relation else ""
        greeting = (
            self.say(DEAR_AS, language, name=name, relation=known) if known else self.say(DEAR, language, name=name)
        )
        return Copy(
            language=language,
            greeting=greeting,
            text=on_paper(text, self.say(HERE, language)),
            scan=self.say(SCAN, language),
            call=self.say(CALL, language, phone=phone) if phone else "",
            heading=self.say(SAME, language) if second else "",
        )


def _filled(text: str, params: Mapping[str, str]) -> str:
    for name, value in params.items():
        text = text.replace(f"{{{name}}}", value)
    return text
