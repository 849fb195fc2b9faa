"""Pages of occasions over HTTP: the office plans, families answer and sign in, nobody learns whose number is known."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.scheduling.handlers import observances
from services.scheduling.store import occasions as store
from services.scheduling.tables.bookings import SIGN_UP
from services.scheduling.tables.occasions import ATTENDANCE, OBSERVED, OCCASION, UNKNOWN_SIGN_IN
from services.scheduling.web.occasions_door import normal, poster_link
from shared.directory import projection
from shared.messaging.envelope import parse
from shared.messaging.tables import OUTBOX
from tests.unit.services.scheduling.occasion_scene import (
    GREENVIEW,
    at,
    configured,
    draft,
    families,
    fridays,
    invited,
    keep,
    published,
    row_of,
    tell,
)
from tests.unit.services.scheduling.scene import DISTRICT, World, alert, reply, restriction
from tests.unit.services.scheduling.test_bookings_pages import BROWSER, Site, path_of

OCT_14 = date(2026, 10, 14)
FORM = {
    "kind": "workshop", "title": "Helping with homework", "on": "2026-11-08", "begins": "18:00", "ends": "19:00",
    "capacity": "30", "child_care": "true", "interpreters": "es, so",
}  # fmt: skip


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def office(site: Site) -> Any:
    return site.staff("s-office", "office")


def link_to(site: Site, row: Any, who: str) -> str:
    tell(site.world, row.occasion_id)
    data = invited(site.world)[who]
    return path_of(data["links"][data["guardian_ids"].index(who)])


# --- the office


def test_the_office_sees_what_it_clashes_with_before_it_publishes(site: Site):
    keep(site.world, families(site.world, 14), "diwali")
    made = office(site).post("/scheduling/occasions", form=FORM)
    assert made.status_code == 303
    page = office(site).get(made.headers["location"], headers=BROWSER).text
    assert "Clashes for 14 families: Diwali" in page and "estimated" in page and "Publish all the same" in page
    (row,) = site.world.rows(OCCASION)
    assert (row.state, row.capacity, row.interpreters, row.child_care) == ("draft", 30, ["es", "so"], True)
    again = office(site).post(f"{made.headers['location']}/publish", form={})
    assert again.status_code == 303 and row_of(site.world, row.occasion_id).state == "published"
    assert office(site).post(f"{made.headers['location']}/publish", json={}).status_code == 409
    assert "0 of 30 places" in office(site).get(made.headers["location"], headers=BROWSER).text


def test_a_draft_is_written_anew_until_families_know_of_it(site: Site):
    made = office(site).post("/scheduling/occasions", form=FORM)
    here = made.headers["location"]
    page = office(site).get(f"{here}/edit", headers=BROWSER).text
    assert FORM["title"] in page and f'action="{here}"' in page
    (before,) = site.world.rows(OCCASION)
    refused = office(site).post(here, form={**FORM, "begins": "18:00", "ends": "17:00"})
    assert refused.status_code == 422 and 'value="18:00"' in refused.text
    assert site.world.rows(OCCASION) == [before], "what cannot be changes nothing"
    assert office(site).post(here, form={**FORM, "title": "Story night", "capacity": "12"}).status_code == 303
    (row,) = site.world.rows(OCCASION)
    assert (row.occasion_id, row.title, row.capacity, row.made_by, row.state) == (
        before.occasion_id, "Story night", 12, before.made_by, "draft",
    )  # fmt: skip
    office(site).post(f"{here}/publish", form={})
    assert office(site).post(here, json={**FORM, "title": "Too late"}).status_code in {409, 422}
    assert office(site).get(f"{here}/edit").status_code == 409
    assert row_of(site.world, row.occasion_id).title == "Story night"


def test_programs_read_the_clashes_too(site: Site):
    keep(site.world, ["g-meera"], "diwali")
    body = {**FORM, "capacity": 30, "child_care": True}
    made = office(site).post("/scheduling/occasions", json=body)
    assert made.status_code == 201
    assert [(each["observance"], each["families"]) for each in made.json["clashes"]] == [("diwali", None)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("ends", "17:00"), ("on", "2026-09-01"), ("title", ""), ("kind", "fair"), ("capacity", "0"), ("shares", "diwali"), ("begins", "25:00")],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(site: Site, field: str, value: str):
    answer = office(site).post("/scheduling/occasions", form={**FORM, field: value})
    assert answer.status_code == 422 and f'id="{field}-error1"' in answer.text and 'value="es, so"' in answer.text
    assert not site.world.rows(OCCASION)


def test_a_celebration_names_what_is_celebrated(site: Site):
    form = {**FORM, "kind": "celebration", "title": "Diwali at school", "shares": "nothing"}
    assert office(site).post("/scheduling/occasions", form=form).status_code == 422
    assert office(site).post("/scheduling/occasions", form={**form, "shares": "diwali"}).status_code == 303
    assert [row.shares for row in site.world.rows(OCCASION)] == ["diwali"]


def test_a_time_that_the_clocks_skip_is_refused(site: Site):
    answer = office(site).post("/scheduling/occasions", form={**FORM, "on": "2027-03-14", "begins": "02:30", "ends": "04:00"})
    assert answer.status_code == 422 and "the clocks change then" in answer.text


def test_teachers_see_what_is_published_and_make_nothing(site: Site):
    row, hidden = published(site.world, OCT_14), draft(site.world, OCT_14, title="Not yet")
    teacher = site.staff("t-alvarez")
    listed = teacher.get("/scheduling/occasions", headers=BROWSER).text
    assert "Helping with homework" in listed and "Not yet" not in listed and "<textarea" not in listed
    assert teacher.get(f"/scheduling/occasions/{row.occasion_id}", headers=BROWSER).status_code == 200
    assert teacher.get(f"/scheduling/occasions/{hidden}", headers=BROWSER).status_code == 404
    assert teacher.post("/scheduling/occasions", form=FORM).status_code == 403
    assert teacher.post(f"/scheduling/occasions/{row.occasion_id}/call-off", json={}).status_code == 403


def test_another_schools_occasion_is_not_there(site: Site):
    row = dict(published(site.world, OCT_14)._mapping)
    with site.world.unit() as uow:
        store.save(uow.connection, [row | {"occasion_id": "elsewhere", "school_id": "org-northgate"}])
    assert office(site).get("/scheduling/occasions/elsewhere", headers=BROWSER).status_code == 404
    assert office(site).post("/scheduling/occasions/elsewhere/call-off", json={}).status_code == 404
    assert office(site).post("/scheduling/occasions?school=org-northgate", form=FORM).status_code == 403


def test_an_administrator_plans_for_the_school_that_was_chosen(site: Site):
    administrator = site.staff("a-one", "administrator")
    page = administrator.get("/scheduling/occasions?school=org-northgate", headers=BROWSER).text
    assert 'action="/scheduling/occasions?school=org-northgate"' in page
    assert administrator.post("/scheduling/occasions?school=org-northgate", form=FORM).status_code == 303
    assert [row.school_id for row in site.world.rows(OCCASION)] == ["org-northgate"]
    assert administrator.post("/scheduling/occasions?school=org-none", form=FORM).status_code == 403


def test_the_office_calls_off(site: Site):
    row = published(site.world, OCT_14)
    assert office(site).post(f"/scheduling/occasions/{row.occasion_id}/call-off", json={}).json["state"] == "cancelled"


def test_a_teacher_says_a_kind_word_and_the_reminder_goes(site: Site):
    keep(site.world, ["g-meera"], "diwali")
    at(site.world, datetime(2026, 11, 6, 12, 30, tzinfo=UTC))
    with site.world.unit() as uow:
        observances.greetings(uow, [GREENVIEW])
    teacher = site.staff("t-alvarez")
    assert "Diwali · Sunday, November 8, 2026" in teacher.get("/scheduling/occasions", headers=BROWSER).text
    done = teacher.post("/scheduling/greetings", form={"observance": "diwali", "on": "2026-11-08"})
    assert done.status_code == 303
    assert "Diwali" not in teacher.get("/scheduling/occasions", headers=BROWSER).text
    teacher.post("/scheduling/greetings", form={"observance": "eid_al_fitr", "on": "2026-11-08"})
    assert [event.data["observance"] for event in site.world.events("greeting_said")] == ["diwali"], "only what was due"


# --- paper


def test_names_on_the_paper_sheet_are_found_by_parent_or_child_and_entered(site: Site):
    row = fridays(configured(site.world))[date(2026, 10, 2)]
    path = f"/scheduling/occasions/{row.occasion_id}/paper"
    assert office(site).post(path, json={"guardians": ["g-ana"]}).status_code == 422, "nobody can have come yet"
    at(site.world, row.end_at + timedelta(days=3))
    found = office(site).get(f"{path}?q=mateo", headers=BROWSER).text
    assert "Ana Rivera" in found and "Daniel Rivera" in found and "Meera" not in found
    assert "Meera Shah" in office(site).get(f"{path}?q=SHAH", headers=BROWSER).text
    assert "Nobody" in office(site).get(f"{path}?q=%25", headers=BROWSER).text, "a wildcard is a sign like others"
    assert office(site).post(path, json={"guardians": ["g-ana", "g-meera", "g-nobody"]}).json == {"entered": 2}
    assert {(each.guardian_id, each.via, each.entered_by) for each in site.world.rows(ATTENDANCE)} == {
        ("g-ana", "paper", "s-office"), ("g-meera", "paper", "s-office")
    }  # fmt: skip
    assert "2 came, 2 for the first time" in office(site).get(path.removesuffix("/paper"), headers=BROWSER).text


def test_the_sheet_has_the_code_of_the_poster(site: Site):
    row = published(site.world, OCT_14)
    page = office(site).get(f"/scheduling/occasions/{row.occasion_id}/sheet", headers=BROWSER).text
    assert 'src="data:image/png;base64,' in page and page.count("<tr>") > 20
    assert office(site).get(f"/scheduling/occasions/{draft(site.world, OCT_14)}/sheet", headers=BROWSER).status_code == 404


# --- the poster


def door(site: Site, row: Any) -> str:
    return path_of(poster_link(site.world.ports, DISTRICT, row))


def without_token(text: str) -> str:
    return re.sub(r"door/[^\"]+", "", text)


def test_the_poster_gives_everybody_the_same_answer(site: Site):
    row = fridays(configured(site.world))[date(2026, 10, 2)]
    at(site.world, row.start_at)
    answers = {
        without_token(site.nobody.post(door(site, row), form={"contact": contact}).text)
        for contact in ("g-meera@example.org", "(312) 555-0199", "not a number", "nobody@example.org")
    }
    assert len(answers) == 1 and "Thank you" in answers.pop()
    assert [each.guardian_id for each in site.world.rows(ATTENDANCE)] == ["g-meera"]
    assert len(site.world.rows(UNKNOWN_SIGN_IN)) == 2


def test_the_poster_asks_nothing_before_the_doors_open_and_writes_nothing(site: Site):
    row = fridays(configured(site.world))[date(2026, 10, 2)]
    assert "<input" not in site.nobody.get(door(site, row)).text
    assert "<input" not in site.nobody.post(door(site, row), form={"contact": "g-meera@example.org"}).text
    assert not site.world.rows(ATTENDANCE)
    at(site.world, row.start_at)
    assert 'name="contact"' in site.nobody.get(door(site, row)).text
    assert 'dir="rtl"' in site.nobody.get(door(site, row), headers={"Accept-Language": "ar"}).text, "the telephone's language"


def test_numbers_are_not_tried_out_by_the_thousand(site: Site):
    row = fridays(configured(site.world))[date(2026, 10, 2)]
    at(site.world, row.start_at)
    with site.world.unit() as uow:
        for n in range(60):
            unknown = {"sign_in_id": f"u-{n}", "occasion_id": row.occasion_id, "at": uow.now}
            store.not_known(uow.connection, unknown)
    assert site.nobody.post(door(site, row), form={"contact": "g-meera@example.org"}).status_code == 429
    at(site.world, row.start_at + timedelta(minutes=1))
    assert site.nobody.post(door(site, row), form={"contact": "g-meera@example.org"}).status_code == 200


def test_a_forged_or_foreign_link_opens_no_door(site: Site):
    row = published(site.world, OCT_14)
    assert site.nobody.get("/scheduling/door/forged").status_code == 410
    own = link_to(site, row, "g-ana").removeprefix("/scheduling/e/")
    assert site.nobody.get(f"/scheduling/door/{own}").status_code == 410


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("(312) 555-0111", ("+13125550111", None)), (" +52 55 1234 5678", ("+525512345678", None)),
        ("g-ana@example.org ", (None, "g-ana@example.org")), ("ana@", (None, None)), ("12", (None, None)), ("hello", (None, None)),
    ],
)  # fmt: skip
def test_numbers_and_addresses_are_read_as_they_are_meant(typed: str, meant: tuple[str | None, str | None]):
    assert normal(typed) == meant


# --- a family's page


def test_a_family_signs_in_by_its_own_link_once_the_doors_are_open(site: Site):
    row = fridays(configured(site.world))[date(2026, 10, 2)]
    path = link_to(site, row, "g-ana")
    page = site.nobody.get(path).text
    assert 'lang="es"' in page and 'value="here"' not in page
    site.nobody.post(path, form={"act": "here"})
    assert not site.world.rows(ATTENDANCE), "the doors are closed"
    at(site.world, row.start_at)
    assert 'value="here"' in site.nobody.get(path).text
    for _ in range(2):
        assert site.nobody.post(path, form={"act": "here"}).status_code == 303
    assert [(each.guardian_id, each.via) for each in site.world.rows(ATTENDANCE)] == [("g-ana", "link")]
    assert 'value="here"' not in site.nobody.get(path).text


def test_who_takes_part_online_is_shown_the_room_and_counted_as_online(site: Site):
    row = fridays(configured(site.world))[date(2026, 10, 2)]
    path = link_to(site, row, "g-ana")
    site.nobody.post(path, form={"act": "online"})
    assert not site.world.rows(ATTENDANCE), "not open yet"
    at(site.world, row.start_at)
    assert "https://meet.example.org/" not in site.nobody.get(path).text
    site.nobody.post(path, form={"act": "online"})
    assert [(each.guardian_id, each.via) for each in site.world.rows(ATTENDANCE)] == [("g-ana", "online")]
    found = re.search(r'href="https://meet.example.org/([0-9a-f]{32})"', site.nobody.get(path).text)
    assert found is not None and row.occasion_id.replace("-", "") not in found.group(1)
    at(site.world, row.end_at + timedelta(hours=1, minutes=1))
    assert "https://meet.example.org/" not in site.nobody.get(path).text


def test_what_is_only_at_school_has_no_room(site: Site):
    row = published(site.world, OCT_14)
    path = link_to(site, row, "g-ana")
    at(site.world, row.start_at)
    assert 'value="online"' not in site.nobody.get(path).text
    site.nobody.post(path, form={"act": "online"})
    assert not site.world.rows(ATTENDANCE)


def test_a_place_is_asked_for_waited_for_offered_and_given_back(site: Site):
    row = published(site.world, OCT_14, capacity=1)
    ana, meera = link_to(site, row, "g-ana"), link_to(site, row, "g-meera")
    states = lambda: {each.guardian_id: each.state for each in site.world.rows(SIGN_UP)}  # noqa: E731
    for path in (ana, meera, meera):
        assert site.nobody.post(path, form={"act": "place"}).status_code == 303
    assert states() == {"g-ana": "seated", "g-meera": "waiting"}
    site.nobody.post(ana, form={"act": "leave"})
    assert states() == {"g-ana": "left", "g-meera": "offered"}
    assert 'value="take"' in site.nobody.get(meera).text
    site.nobody.post(meera, form={"act": "take"})
    assert states()["g-meera"] == "seated"


def test_no_home_reads_of_the_other(site: Site):
    row = published(site.world, OCT_14, capacity=5)
    site.nobody.post(link_to(site, row, "g-daniel"), form={"act": "place"})
    page = site.nobody.get(link_to(site, row, "g-ana")).text
    assert "Daniel" not in page and 'value="place"' in page


def test_a_link_ends_with_the_right_to_be_asked(site: Site):
    row = published(site.world, OCT_14)
    path = link_to(site, row, "g-daniel")
    assert site.nobody.get(path).status_code == 200
    with site.world.unit() as uow:
        projection.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    assert site.nobody.get(path).status_code == 410
    assert site.nobody.post(path, form={"act": "here"}).status_code == 410


def test_an_occasion_that_is_off_says_so_and_takes_nobody(site: Site):
    row = published(site.world, OCT_14, capacity=5)
    path = link_to(site, row, "g-daniel")
    office(site).post(f"/scheduling/occasions/{row.occasion_id}/call-off", json={})
    page = site.nobody.get(path).text
    assert "Called off" in page and "<button" not in page
    site.nobody.post(path, form={"act": "place"})
    assert not site.world.rows(SIGN_UP)


# --- the days a family keeps


def days(site: Site, who: str) -> str:
    page = site.nobody.get(link_to(site, published(site.world, OCT_14), who)).text
    found = re.search(r'href="(/scheduling/days/[^"]+)"', page)
    assert found is not None
    return found.group(1)


def test_a_family_ticks_what_it_keeps_and_takes_it_back(site: Site):
    path = days(site, "g-meera")
    assert "checked" not in site.nobody.get(path).text, "nothing is guessed"
    saved = site.nobody.post(path, form={"avoid": ["diwali", "eid_al_fitr"], "share": ["diwali"]})
    assert saved.status_code == 303
    assert {(each.key, each.avoid, each.share) for each in site.world.rows(OBSERVED)} == {
        ("diwali", True, True), ("eid_al_fitr", True, False)
    }  # fmt: skip
    assert site.nobody.get(saved.headers["location"]).text.count("checked") == 3
    site.nobody.post(path, form={})
    assert not site.world.rows(OBSERVED)


def test_a_day_that_nobody_knows_is_refused(site: Site):
    assert site.nobody.post(days(site, "g-meera"), form={"avoid": ["my_birthday"]}).status_code == 422
    assert not site.world.rows(OBSERVED)


def test_what_a_family_keeps_is_not_anothers_to_change(site: Site):
    site.nobody.post(days(site, "g-meera"), form={"avoid": ["diwali"]})
    site.nobody.post(days(site, "g-ana"), form={"avoid": ["easter"]})
    assert {(each.guardian_id, each.key) for each in site.world.rows(OBSERVED)} == {("g-meera", "diwali"), ("g-ana", "easter")}


def test_a_meetings_page_leads_to_the_days_too(site: Site):
    site.world.alert(alert())
    site.world.reply(reply(site.world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    to_meeting = site.nobody.get(path_of(site.world.offer_of("g-ana").data["link"]))
    page = site.nobody.get(to_meeting.headers["location"]).text
    found = re.search(r'href="(/scheduling/days/[^"]+)"', page)
    assert found is not None
    site.nobody.post(found.group(1), form={"share": ["nowruz"]})
    assert [(each.guardian_id, each.key, each.avoid, each.share) for each in site.world.rows(OBSERVED)] == [
        ("g-ana", "nowruz", False, True)
    ]


def test_the_days_end_with_the_right_to_be_asked(site: Site):
    path = days(site, "g-daniel")
    with site.world.unit() as uow:
        projection.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    assert site.nobody.get(path).status_code == 410
    assert site.nobody.post(path, form={"avoid": ["easter"]}).status_code == 410
    assert not site.world.rows(OBSERVED)


def test_looking_people_up_is_on_the_record(site: Site):
    row = published(site.world, OCT_14)
    office(site).get(f"/scheduling/occasions/{row.occasion_id}/paper?q=rivera", headers=BROWSER)
    with site.world.engine.begin() as connection:
        bodies = connection.execute(sa.select(OUTBOX.c.body)).scalars()
        viewed = [parse(bytes(body)) for body in bodies if b"district.record_viewed" in bytes(body)]
    assert len(viewed) == 1
