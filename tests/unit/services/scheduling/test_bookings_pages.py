"""Pages of interpreters, places and attendance, and the counter where families book together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from services.scheduling.domain import bookings as taken
from services.scheduling.handlers import booking, resources, rooms, roster, seats
from services.scheduling.store import bookings_interpreters as store
from services.scheduling.tables import MEETING
from services.scheduling.tables.bookings import SIGN_UP, SPEAKS
from services.scheduling.web import api
from services.scheduling.web.counter import Counter, _Waiting
from shared.identity import Identity, Kind
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.scheduling.scene import DISTRICT, KEY, NOW, World, alert, reply, teacher

BROWSER = {"Accept": "text/html"}


class Site:
    def __init__(self, world: World) -> None:
        self.world = world
        self.identity = Identity.build(KEY, mode="production", secure=False)
        self.app = build_app(
            api, runtime=world, ports=world.ports, clock=world.clock, identity=self.identity, mode="production"
        )

    def staff(self, person_id: str, role: str = "teacher") -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=("org-greenview",)
        )
        return SignedIn(self.app, self.identity, session)

    @property
    def nobody(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)


def path_of(link: str) -> str:
    return link.removeprefix("https://home.example.org")


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def asked(site: Site) -> Site:
    """Ana, who speaks Spanish, has booked; Mr Abdi and Ms Omar are asked."""
    with site.world.unit() as uow:
        names = {"i-abdi": "Yusuf Abdi", "i-omar": "Hodan Omar"}
        roster.staff_listed(uow, site.world.ports, [teacher(who, name=name) for who, name in names.items()])
        for who in names:
            store.set_speaks(uow.connection, who, "es", interprets=True)
    site.world.alert(alert())
    site.world.reply(reply(site.world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    return site


def link_of(site: Site, who: str) -> str:
    data = site.world.events("interpreter_requested")[-1].data
    return path_of(data["links"][data["candidates"].index(who)])


def test_an_interpreter_accepts_by_link_and_the_second_hears_that_it_is_covered(asked: Site):
    page = asked.nobody.get(link_of(asked, "i-abdi"), headers=BROWSER)
    assert "I will interpret" in page.text and "Elena Alvarez" in page.text
    assert "Ana" not in page.text and "Mateo" not in page.text, "no family is named"
    assert "This meeting is yours" in asked.nobody.post(link_of(asked, "i-abdi"), form={}, headers=BROWSER).text
    assert "Somebody else" in asked.nobody.post(link_of(asked, "i-omar"), form={}, headers=BROWSER).text
    assert len(asked.world.events("interpreter_assigned")) == 1


def test_a_forged_or_late_link_of_an_interpreter_is_refused(asked: Site):
    good = link_of(asked, "i-abdi")
    assert asked.nobody.get(good[:-3] + "abc", headers=BROWSER).status_code == 410
    asked.world.clock.advance_to(NOW + timedelta(days=30))
    assert asked.nobody.post(good, form={}, headers=BROWSER).status_code == 410


def test_an_interpreter_s_own_page_lists_what_waits_and_gives_back(asked: Site):
    abdi = asked.staff("i-abdi", "interpreter")
    meeting_id = asked.world.rows(MEETING)[0].meeting_id
    assert "I will interpret" in abdi.get("/scheduling/interpreting", headers=BROWSER).text
    assert abdi.post(f"/scheduling/interpreting/{meeting_id}/accept").json["state"] == "assigned"
    assert "I cannot come" in abdi.get("/scheduling/interpreting", headers=BROWSER).text
    assert abdi.post(f"/scheduling/interpreting/{meeting_id}/give-back").json["state"] == "requested"
    assert abdi.post(f"/scheduling/interpreting/{meeting_id}/give-back").status_code == 404


def test_the_office_enters_who_speaks_what(site: Site):
    office = site.staff("o-1", "office")
    assert office.post("/scheduling/languages", json={"staff_id": "t-alvarez", "language": "es"}).status_code == 200
    assert "Elena Alvarez" in office.get("/scheduling/languages", headers=BROWSER).text
    assert office.post("/scheduling/languages", json={"staff_id": "nobody", "language": "es"}).status_code == 422
    assert office.post("/scheduling/languages", json={"staff_id": "t-alvarez", "language": "Spanish!"}).status_code == 422
    assert office.post("/scheduling/languages", json={"staff_id": "t-alvarez", "language": "es", "remove": True}).status_code == 200
    assert site.world.rows(SPEAKS) == []
    assert site.staff("t-alvarez").post("/scheduling/languages", json={"staff_id": "t-alvarez", "language": "es"}).status_code == 403


def test_a_family_takes_an_offered_place_and_gives_it_back_by_its_link(site: Site):
    start = NOW + timedelta(days=10)
    ana, daniel = seats.SignUp("pool", "g-ana", "s-mateo"), seats.SignUp("pool", "g-daniel", "s-mateo")
    with site.world.unit() as uow:
        seats.open_pool(uow, site.world.ports, seats.Pool("pool", "org-greenview", 1, start, start + timedelta(hours=1)))
        seats.sign_up(uow, site.world.ports, [ana, daniel])
        seats.leave(uow, site.world.ports, [ana.sign_up_id])
    told = site.world.events("place_changed")[-1].data
    path = path_of(told["link"])
    shown = site.nobody.get(path, headers=BROWSER).text
    assert "A place is free for you" in shown and "Ana" not in shown
    assert site.nobody.post(path + "/take", form={}, headers=BROWSER).status_code == 303
    assert "Your place is booked" in site.nobody.get(path, headers=BROWSER).text
    site.nobody.post(path + "/leave", form={}, headers=BROWSER)
    site.nobody.post(path + "/leave", form={}, headers=BROWSER)
    assert {row.state for row in site.world.rows(SIGN_UP)} == {"left"}
    assert site.nobody.get(path[:-2] + "xx", headers=BROWSER).status_code == 410


def test_a_teacher_says_once_that_a_meeting_took_place(asked: Site):
    meeting = asked.world.rows(MEETING)[0]
    path = f"/scheduling/meetings/{meeting.meeting_id}/attendance"
    alvarez = asked.staff("t-alvarez")
    assert alvarez.post(path, json={"outcome": "held"}).status_code == 404, "it has not begun"
    asked.world.clock.advance_to(meeting.end_at)
    alvarez = asked.staff("t-alvarez")
    assert asked.staff("t-okafor").post(path, json={"outcome": "held"}).status_code == 404
    assert alvarez.post(path, json={"outcome": "held", "minutes": 25}).status_code == 200
    assert alvarez.post(path, json={"outcome": "guardian"}).status_code == 200
    assert len(asked.world.events("meeting_held")) == 1 and asked.world.events("meeting_missed") == []


def test_the_office_enters_rooms_and_the_smallest_that_is_free_and_fits_is_found(site: Site):
    office = site.staff("o-1", "office")
    for name, size in (("Library", 20), ("Room 4", 4)):
        room = {"name": name, "seats": size, "step_free": name == "Library"}
        assert office.post("/scheduling/rooms", json=room).status_code == 201
    ids = {room["name"]: room["room_id"] for room in office.get("/scheduling/rooms").json["rooms"]}
    assert list(ids) == ["Room 4", "Library"]
    span = (NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1))

    def find(**wanted: Any) -> str | None:
        with site.world.unit() as uow:
            return rooms.find(uow, "org-greenview", *span, **wanted)

    assert (find(), find(step_free=True), find(seats=30)) == (ids["Room 4"], ids["Library"], None)
    with site.world.unit() as uow:
        resources.take(uow, [taken.Claim("m", taken.Kind.ROOM, ids["Room 4"], *span)])
    assert find() == ids["Library"]
    assert office.post("/scheduling/rooms", json={"name": "Library", "seats": 20, "active": False}).status_code == 201
    assert find() is None
    assert site.staff("t-alvarez").get("/scheduling/rooms").status_code == 403


def test_the_office_enters_rooms_on_a_page_and_takes_them_out_of_use(site: Site):
    office = site.staff("o-1", "office")
    assert "No room is entered yet" in office.get("/scheduling/rooms", headers=BROWSER).text
    saved = office.post("/scheduling/rooms", form={"name": "Room <4>", "seats": "4", "step_free": "true"}, headers=BROWSER)
    assert (saved.status_code, saved.headers["Location"]) == (303, "/scheduling/rooms?saved=1")
    shown = office.get("/scheduling/rooms?saved=1", headers=BROWSER).text
    assert "Room &lt;4&gt;" in shown and "Reached without steps" in shown and "Saved." in shown
    wrong = office.post("/scheduling/rooms", form={"name": "Hall", "seats": "none"}, headers=BROWSER)
    assert wrong.status_code == 422 and 'value="Hall"' in wrong.text
    out = {"name": "Room <4>", "seats": "4", "active": "false"}
    assert office.post("/scheduling/rooms", form=out, headers=BROWSER).status_code == 303
    assert "Room &lt;4&gt;" not in office.get("/scheduling/rooms", headers=BROWSER).text


def test_the_same_click_twice_leads_to_the_same_meeting_and_another_choice_is_refused(site: Site):
    site.world.alert(alert())
    path = path_of(site.world.offer_of("g-ana").data["link"])
    first, again = (site.nobody.post(path, form={"n": 1}, headers=BROWSER) for _ in range(2))
    assert first.headers["location"] == again.headers["location"] and "/scheduling/m/" in first.headers["location"]
    assert site.nobody.post(path, form={"n": 3}, headers=BROWSER).status_code == 410
    assert len(site.world.events("meeting_booked")) == 1


def test_a_lost_answer_is_asked_for_again_and_leads_to_the_next_times(site: Site):
    site.world.alert(alert())
    path = path_of(site.world.offer_of("g-daniel").data["link"])
    site.world.reply(reply(site.world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    first, again = (site.nobody.post(path, form={"n": 1}, headers=BROWSER) for _ in range(2))
    assert first.headers["location"] == again.headers["location"] and first.headers["location"].endswith("?again=1")
    assert site.nobody.get(path, headers=BROWSER).headers["location"].startswith("/scheduling/o/")


def counter(world: World, opened: list[int]) -> Counter:
    def open_() -> Any:
        opened.append(1)
        return world.unit()

    return Counter(open_, world.ports)


def answers(world: World) -> list[booking.Answer]:
    world.alert(alert())
    return [
        booking.Answer(f"k-{who}", world.offer_of(who).data["offer_id"], 1, who, NOW, once=True) for who in ("g-ana", "g-daniel")
    ]


def test_who_comes_while_a_commit_is_under_way_shares_the_next_one(world: World):
    opened: list[int] = []
    desk, wanted = counter(world, opened), answers(world)
    crowd = [booking.Answer(f"c-{n}", "no-such-offer", 1, f"g-{n}", NOW) for n in range(30)]
    barrier = threading.Barrier(32)

    def come(answer: booking.Answer) -> str:
        barrier.wait(timeout=30)
        return desk.book(answer).outcome

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(come, [*wanted, *crowd]))
    assert sorted(outcomes[:2]) == ["again", "booked"] and set(outcomes[2:]) == {"refused"}
    assert len(opened) < 32


def test_one_answer_that_cannot_be_booked_fails_alone(world: World, monkeypatch: pytest.MonkeyPatch):
    desk, [ana, daniel] = counter(world, []), answers(world)
    real = booking.book

    def broken(uow: Any, ports: Any, given: Any) -> Any:
        if any(answer.key == daniel.key for answer in given):
            raise RuntimeError("poison")
        return real(uow, ports, given)

    monkeypatch.setattr("services.scheduling.web.counter.book", broken)
    together = [_Waiting(ana), _Waiting(daniel)]
    desk._settle(together)
    assert together[0].result.outcome == "booked" and together[0].error is None
    assert isinstance(together[1].error, RuntimeError)
