"""Runs the scenes in the order of the calendar, prints a timeline, counts checks and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from shared.clock import monotonic
from shared.demo.cast import Cast
from shared.demo.memory import peak_mb
from shared.demo.stage import Stage
from shared.errors import HomeroomError


@dataclass(frozen=True)
class Check:
    """One promise, looked at where a person would see it."""

    id: str
    feature: str
    ok: bool
    detail: str


@dataclass
class Play:
    """What scenes are given: the stage, the cast (after the first act) and where to write down what was seen."""

    stage: Stage
    say: Callable[[str], None]
    checks: list[Check] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    peak_mb: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # per scene, for whoever tunes
    cast: Cast = field(init=False)

    def check(self, feature: str, name: str, ok: object, detail: str) -> bool:
        """Write a check down and put it on the timeline."""
        passed = bool(ok)
        self.checks.append(Check(f"{feature}.{name}", feature, passed, detail))
        self.say(f"{self.stage.now:%a %d %b %H:%M}  {'✓' if passed else '✗'} {feature}  {detail}")
        return passed

    def leave_out(self, feature: str, why: str) -> None:
        """A district that has no material for a scene is not at fault; it is said, and not counted."""
        self.say(f"{self.stage.now:%a %d %b %H:%M}  – {feature}  not shown: {why}")

    def figure(self, name: str, value: Any) -> None:
        self.figures[name] = value


def run(
    folder: Path, out: Path, *, port: int, seed: int, say: Callable[[str], None], serve: bool = False
) -> tuple[Play, Callable[[], None]]:
    """Play the term; returns what was seen and how to close the stage (already closed unless `serve`)."""
    from shared.demo.scenes import SCENES

    settings = _settings(folder)
    zone = str(settings.get("timezone", "UTC"))
    first_day = str(settings["school_year"]["start"])
    start = datetime.fromisoformat(f"{first_day}T08:00").replace(tzinfo=ZoneInfo(zone))
    stage = Stage(folder, str(settings["slug"]), out, start=_day_before(start), zone=zone, port=port, seed=seed)
    stage.open()
    play = Play(stage, say)
    try:
        for scene in SCENES:
            entered = monotonic()
            try:
                scene(play)
            except (HomeroomError, AssertionError, LookupError, TimeoutError, OSError, StopIteration) as error:
                name = scene.__name__
                play.check(
                    name[:3].upper(), f"{name}.broke_off", False, f"broke off: {type(error).__name__}: {error}"[:200]
                )
                if not play.checks or name in ("onboarding", "care_circle"):
                    break  # nobody to play with
            finally:
                play.seconds[scene.__name__] = round(monotonic() - entered, 1)
    finally:
        play.peak_mb = peak_mb()
        if not serve:
            stage.close()
    return play, stage.close


def report(play: Play, seconds: float) -> dict[str, Any]:
    """The object of `--json`."""
    return {
        "checks": [asdict(check) for check in play.checks],
        "figures": play.figures,
        "seconds": round(seconds, 1),
        "peak_mb": play.peak_mb,
        "seconds_per_scene": play.seconds,
    }


def _settings(folder: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load((folder / "district.yaml").read_text(encoding="utf-8"))
        found["slug"], found["school_year"]["start"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        raise HomeroomError(
            "demo.folder",
            "not a district folder",
            "it needs a district.yaml with slug and school_year (homeroom validate tells more)",
            where=str(folder),
        ) from None
    return dict(found)


def _day_before(start: datetime) -> datetime:
    from datetime import timedelta

    return start - timedelta(days=1)
