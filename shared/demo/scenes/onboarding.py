"""F01 a school joins by files; F02 the care circle comes from the roster."""

from __future__ import annotations

import html
import shutil

import sqlalchemy as sa

from shared.cli.district import acknowledged
from shared.demo import cast
from shared.demo.play import Play
from shared.demo.scenes.calendar import apply
from shared.directory import engine
from shared.directory.projection import GUARDIAN_LINK
from shared.directory.render import Format, render_report


def onboarding(play: Play) -> None:
    """Apply; apply again; misspell a key."""
    stage = play.stage
    done = apply(play)
    held = acknowledged(stage.runtime, stage.slug)
    with stage.runtime.databases.transaction("directory", stage.slug) as connection:
        status = engine.status(connection, held)
    schools = len(stage.rows("notifications", sa.text("SELECT school_id FROM school")))
    play.check(
        "F01", "applied", status.green and schools, f"{schools} schools applied; every service holds the settings"
    )
    play.figure("schools", schools)
    play.figure("events_at_onboarding", done.events)
    with stage.runtime.databases.transaction("directory", stage.slug) as connection:
        again = engine.plan(connection, stage.folder, now=stage.clock.now())
    repeated = apply(play)
    play.check("F01", "no_change", again.exit_code == 0 and repeated.events == 0, "applied again: no change, no event")
    _misspelt(play)


def _misspelt(play: Play) -> None:
    """A copy of the district with one key misspelt: refused, with the line and the key that was meant."""
    wrong = play.stage.out / "misspelt"
    shutil.copytree(play.stage.folder, wrong)
    file = wrong / "district.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number, line = next((n, text) for n, text in enumerate(lines, 1) if text.startswith("timezone:"))
    lines[number - 1] = line.replace("timezone:", "timezoen:")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = engine.validate(wrong)
    said = render_report(report, Format.TEXT)
    named = f"district.yaml:{number}" in said and "timezone" in said
    first = next((text for text in said.splitlines() if "timezoen" in text), "not named")
    play.check("F01", "misspelt_key", not report.ok and named, first[:150])
    shutil.rmtree(wrong)


def care_circle(play: Play) -> None:
    """Two homes stay two; siblings are one family across schools; who cannot be reached is listed."""
    stage = play.stage
    play.cast = found = cast.find(stage)
    child = found.shared_child
    homes = {guardian.household for guardian in child.guardians}
    card = html.unescape(stage.staff(child.teachers[0]).get(f"/notifications/family/{child.id}").text)
    both = all(f"{guardian.name} (" in card and guardian.language in card for guardian in (found.first, found.second))
    play.check(
        "F02",
        "two_homes",
        both,
        f"{child.name} has {len(homes)} homes: the family card names both, with their languages",
    )
    links = stage.rows("notifications", sa.select(GUARDIAN_LINK).where(GUARDIAN_LINK.c.active))
    with stage.runtime.databases.transaction("directory", stage.slug) as connection:
        status = engine.status(connection, acknowledged(stage.runtime, stage.slug))
    listed = set(status.unreachable)
    told = f"{len(listed)} students with nobody to reach are listed, none dropped"
    play.check("F02", "unreachable_listed", set(found.unreachable) <= listed, told)
    schools_of: dict[str, set[str]] = {}
    for row in links:
        if row.student_id in found.children:
            schools_of.setdefault(row.guardian_id, set()).add(found.children[row.student_id].school)
    across = sum(len(schools) > 1 for schools in schools_of.values())
    play.check(
        "F02", "siblings_across_schools", across, f"{across} guardians have children in two schools: one person each"
    )
    play.figure("students", len(found.children))
    play.figure("guardians", len(schools_of))
    play.figure("languages", len({g.language for c in found.children.values() for g in c.guardians}))
