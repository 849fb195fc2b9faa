"""Letters a second: jobs of the size a worker gives the press, through its own process, with every shipped script in them."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from shared.backing.state import REPOSITORY
from shared.clock import monotonic

PART = 50  # letters in a job, as the print queue makes them
LANGUAGES = {
    "es": ("Para Ana (abuela):", "Hoy Mateo ayudó a otro estudiante a leer en voz alta."),
    "vi": ("Kính gửi Lan (bà),", "Hôm nay Bảo đã giúp một bạn khác đọc bài."),
    "ar": ("تحية طيبة أمينة (الجدة)،", "ساعد باو اليوم تلميذا آخر في القراءة."),
    "gu": ("પ્રિય મીરા (દાદી/નાની),", "રિયાએ આજે બીજા વિદ્યાર્થીને વાંચવામાં મદદ કરી."),
    "zh-Hans": ("尊敬的兰（祖母/外祖母）：", "宝今天帮助另一位同学阅读。"),
    "so": ("Halima (ayeeyo) qaaliga ah,", "Amina maanta waxay caawisay arday kale."),
}


def run(*, letters: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`letters`: how many, in jobs of `PART`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started, took, pages, size = monotonic(), [], 0, 0
    missing: set[str] = set()
    for first in range(0, letters, PART):
        many = min(PART, letters - first)
        begun = monotonic()
        told, pdf = _press([_letter(first + number) for number in range(many)])
        took.append(monotonic() - begun)
        pages += sum(told["pages"])
        missing |= set(told["missing"])
        size += len(pdf)
        say(f"{first + many} of {letters} letters, {took[-1]:.1f} s for the last {many}")
    wall = monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return {
        "letters": letters,
        "letters_per_s": round(letters / wall, 1),
        "letters_per_cpu_s": round(letters / cpu, 1),
        "part_max_s": round(max(took), 2),
        "pages": pages,
        "kb_per_letter": round(size / letters / 1024, 1),
        "peak_rss_mb": round(after.ru_maxrss / 1024),
        "missing_glyphs": len(missing),
    }


def _letter(number: int) -> dict[str, Any]:
    language, (greeting, text) = list(LANGUAGES.items())[number % len(LANGUAGES)]
    answer = {"scan": "Point a phone's camera at this square.", "call": "Or call us: +1 312 555 0100."}
    copies = [
        {"language": language, "greeting": greeting, "text": f"{text}\n\n{text}", "heading": "", **answer},
        {"language": "en", "greeting": "Dear Lan,", "text": "Bao helped.", "heading": "The same letter in English", **answer},
    ]
    return {
        "code": f"B-{number}", "name": f"Guardian {number}", "school": "Greenview Elementary", "date": "29 September 2026",
        "link": f"https://homeroom.example.org/notifications/inbox/{number:0120d}", "copies": copies, "address": [],
        "office": "+1 312 555 0100",
    }  # fmt: skip


def _press(letters: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    job = json.dumps({"duplex": False, "letters": letters}, ensure_ascii=False).encode()
    done = subprocess.run(
        [sys.executable, "-m", "services.notifications.paper"], input=job, capture_output=True, cwd=REPOSITORY, check=True
    )
    head, _, pdf = done.stdout.partition(b"\n")
    return json.loads(head), pdf
