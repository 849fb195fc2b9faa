"""A long text by SMS becomes two lines and a page where it is heard and read (F16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.channels.port import Content
from services.notifications.domain.calls import by_voice
from services.notifications.domain.wording import fill
from services.notifications.handlers import phrases
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import messages, voice
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]
LISTEN = "/notifications/listen"
MOST_WORDS = 120


def voice_settings(school: Row | None) -> Mapping[str, Any]:
    """A school's own rules on what is heard; empty where it has none."""
    return (school["settings"].get("voice") if school else None) or {}


class Notes:
    """For the deliveries of one batch that go by SMS; a fixed number of queries. `schools`, `preferences`: rows by id."""

    def __init__(
        self,
        uow: UnitOfWork,
        ports: Ports,
        rows: Sequence[Row],
        *,
        schools: Mapping[str, Row],
        preferences: Mapping[str, Row],
    ) -> None:
        self._uow, self._ports, self._schools, self._preferences = uow, ports, schools, preferences
        self._recorded = voice.recordings(uow.connection, {row["message_id"] for row in rows})
        self._texts = messages.texts(uow.connection, phrases.PHRASE_IDS) if rows else {}

    def of(self, row: Row, text: str) -> Content | None:
        """What goes in place of `text`; None where it goes as it is."""
        school = self._schools.get(row["school_id"] or "")
        most = voice_settings(school).get("note_words", MOST_WORDS)
        if not by_voice(text, most_words=most) and not self._rather_heard(row):
            return None
        phrase = self._texts.get((phrases.PHRASES[phrases.NOTE], row["language"]))
        if phrase is None or phrase["text"] is None:
            return None
        name = str(school["name"]) if school else ""
        said = {"school": name, "link": self.link(row)}
        note = fill(phrase["text"], said, language=row["language"], zone=school_zone(school))
        return Content.plain(row["delivery_id"], note, title=name or "Homeroom", language=row["language"])

    def _rather_heard(self, row: Row) -> bool:
        """Whether there is a recording, for a guardian who named calls among their ways."""
        recorded = (row["message_id"], row["content_version"], row["language"]) in self._recorded
        wish = self._preferences.get(row["recipient_id"])
        return recorded and wish is not None and "voice" in wish["channel_order"]

    def link(self, row: Row) -> str:
        """The page where this delivery is heard and read."""
        return self._ports.link(
            LISTEN,
            self._uow.district,
            row["recipient_id"],
            purpose="listen",
            resource=row["delivery_id"],
            now=self._uow.now,
            language=row["language"],
        )
