"""`demo --serve`: the pages stay up, and these are the doors."""

from __future__ import annotations

import re
import signal

from eventlet.event import Event as GreenEvent

from shared.demo.play import Play

_LINK = re.compile(r"https?://\S+/(?:surveys|scheduling|notifications)/\S+")


def links(play: Play) -> list[str]:
    """A link per role: staff sign in as a sample person, guardians come by what was sent to them."""
    stage, cast = play.stage, play.cast
    teacher = cast.asked_child.teachers[0]
    lines = [
        f"teacher, office, interpreter …   {stage.base}/identity/sign-in",
        f"a teacher's family card           {stage.base}/notifications/family/{cast.asked_child.id}  (as {teacher})",
    ]
    for label, guardian in (("guardian", cast.first), ("guardian", cast.asked)):
        found = [match for text in guardian.received(stage) for match in _LINK.findall(text)]
        if found:
            lines.append(f"{label} ({guardian.language})                     {found[-1]}")
    return lines


def wait() -> None:
    """Until SIGINT or SIGTERM."""
    stopping = GreenEvent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.ready() or stopping.send(None))
    stopping.wait()
