"""F36 office hours: they stand on what a teacher writes, and a family taps "call me" from its own inbox."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import sqlalchemy as sa

from shared.demo.play import Play
from shared.demo.scenes.calendar import pass_to
from shared.demo.scenes.notes import news, write

_INBOX = re.compile(r"https?://\S+/notifications/inbox/\S+")
_HOURS = re.compile(r'href="[^"]*(/scheduling/hours/[^"]+)"')
_CALLS = sa.text("SELECT * FROM meeting WHERE kind = 'office_hours' AND state = 'booked'")


def call_me(play: Play) -> None:
    """A note leads to the inbox, the inbox to the hours, one tap to the soonest call; a second tap to the same."""
    stage, guardian, child = play.stage, play.cast.first, play.cast.shared_child
    pass_to(play, stage.now + timedelta(hours=1))
    other = play.cast.second
    before = len(other.received(stage))
    write(play, child, "A reading group begins next week.")
    stage.settle()
    fresh = news(play, other, before)
    inboxes = [link for text in guardian.received(stage) for link in _INBOX.findall(text)]
    if not inboxes:
        play.leave_out("F36", "no message led this family to its inbox")
        return
    family = stage.nobody()
    ways = _HOURS.findall(html.unescape(family.get(inboxes[-1]).text))
    if not ways:
        play.leave_out("F36", "the teachers of this child have no office hours")
        return
    if fresh:
        play.check("F36", "printed", any(re.search(r"\d[:.]\d\d", text) for text in fresh), "the teacher's hours stand on the note")
    before = len(guardian.received(stage))
    for _ in range(2):
        family.post(f"{ways[0]}/call", {}, page=ways[0])
    stage.settle()
    calls = [row for row in stage.rows("scheduling", _CALLS) if row.guardian_id == guardian.id]
    told = news(play, guardian, before)
    play.check(
        "F36",
        "called",
        len(calls) == 1 and calls[0].mode == "phone" and len(told) == 1,
        f"{guardian.name.split()[0]} taps \"call me\" twice and has one call, confirmed in {guardian.language}",
    )
