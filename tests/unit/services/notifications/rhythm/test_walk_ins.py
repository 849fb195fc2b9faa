"""A family that came by was heard: a live contact, once, which ends the home's gap."""

from __future__ import annotations

from datetime import UTC, datetime

from services.notifications.handlers import walk_ins
from services.notifications.tables import CONTACT, GAP


def test_who_came_by_is_a_live_contact_and_ends_the_gap(district):
    district.at(datetime(2026, 10, 5, 15, 0, tzinfo=UTC))
    assert [row["student_id"] for row in district.rows(GAP)] == ["s-mateo"]
    event = district.event(
        "scheduling.walk_in_logged", walk_in_id="w-1", staff_id="t-alvarez", student_id="s-mateo", guardian_id="g-ana",
        school_id="greenview", at=datetime(2026, 10, 7, 20, 40, tzinfo=UTC),
    )  # fmt: skip
    for _ in range(2):
        district.hear(lambda uow, _, events: walk_ins.walk_in_logged(uow, events), event)
    (contact,) = [row for row in district.rows(CONTACT) if row["contact_id"] == "w-1"]
    assert (contact["guardian_id"], contact["mode"], contact["personal"], contact["live"]) == ("g-ana", "in_person", True, True)
    assert contact["at"] == datetime(2026, 10, 7, 20, 40, tzinfo=UTC) and district.rows(GAP) == []
    assert district.told("contact_logged")[-1]["contact_id"] == "w-1"
