"""The loop through its pages: a family by its link and without an account, a teacher and a counselor in their sessions."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.scheduling.handlers import plan_course, promises, referrals, roster, summaries
from services.scheduling.tables import COMMITMENT, MEETING
from services.scheduling.tables.loop import CORRECTION, DISAGREEMENT, NOTE, PLAN, PLAN_STEP, REFERRAL, STEP_REPORT, VIEW
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.messaging.tables import OUTBOX
from shared.messaging.uow import DueItem
from shared.store import insert_rows
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.scheduling import loop_scene as scene
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, reply, restriction, said, school

BROWSER = {"Accept": "text/html"}


class Site:
    def __init__(self, world: World) -> None:
        self.world = world
        self.identity = Identity.build(KEY, mode="production", secure=False)
        self.app: Any = build_app(
            api, runtime=world, ports=world.ports, clock=world.clock, identity=self.identity, mode="production"
        )

    def staff(self, person_id: str = "t-okafor", role: str = "teacher", school_id: str = "org-northgate") -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=(school_id,)
        )
        return SignedIn(self.app, self.identity, session)

    @property
    def chen(self) -> SignedIn:
        return self.staff("t-chen", "counselor")

    @property
    def home(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)

    def plan_path(self, guardian_id: str) -> str:
        return path_of(scene.told(self.world, "plan_proposed")[guardian_id].data["link"])

    def page(self, path: str) -> str:
        answer = self.home.get(path, headers=BROWSER)
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)


def path_of(link: str) -> str:
    return link.removeprefix("https://home.example.org")


def actions(page: str, part: str) -> list[str]:
    return re.findall(rf'action="([^"]*{part}[^"]*)"', page)


@pytest.fixture
def site(world: World) -> Site:
    return Site(scene.move_in(world))


PLAN_JSON = {
    "student_id": "s-amina",
    "goal": scene.GOAL,
    "target": 75,
    "due_on": "2026-10-20",
    "checkin_on": "2026-10-09",
    "steps": [
        {"owner": "staff:t-okafor", "text": scene.TUTORING},
        {"owner": "guardian:g-halima", "text": scene.NIGHTLY},
        {"owner": "student:s-amina", "text": scene.SET4, "due_on": "2026-10-07"},
    ],
}


def proposed(site: Site) -> str:
    answer = site.staff().post("/scheduling/plans", json=PLAN_JSON)
    assert answer.status_code == 201, answer.text
    scene.translate(site.world)
    return str(answer.json["plan_id"])


def accepted(site: Site, guardian_id: str = "g-halima") -> str:
    plan_id = proposed(site)
    [accept] = actions(site.page(site.plan_path(guardian_id)), "plan-accept")
    assert site.home.post(accept, headers=BROWSER).status_code == 303
    return plan_id


def test_a_teacher_fills_the_form_and_the_family_says_yes_on_its_page(site: Site):
    form = {
        "student_id": "s-amina", "goal": scene.GOAL, "target": "75", "due_on": "2026-10-20", "checkin_on": "2026-10-09",
        "owner_1": "staff:t-okafor", "text_1": scene.TUTORING, "due_on_1": "",
        "owner_2": "guardian:g-halima", "text_2": scene.NIGHTLY, "due_on_2": "",
        "owner_3": "", "text_3": "", "due_on_3": "",
    }  # fmt: skip
    answer = site.staff().post("/scheduling/plans", form=form, headers=BROWSER)
    assert answer.status_code == 303, answer.text
    scene.translate(site.world)
    path = site.plan_path("g-halima")
    page = site.page(path + "?lang=en")
    assert f"[so] {scene.NIGHTLY}" in page and scene.NIGHTLY in page, "her language, the original one tap away"
    assert "Yusuf" not in page
    [accept] = actions(page, "plan-accept")
    assert site.home.post(accept, headers=BROWSER).status_code == 303
    again = site.page(path + "?lang=en")
    assert "You accepted it on" in again and "It is under way" in again
    assert site.home.post(accept, headers=BROWSER).status_code == 410, "the button works once"


def test_a_form_that_does_not_hold_together_comes_back_with_what_was_typed(site: Site):
    form = {
        "student_id": "s-amina", "goal": "Algebra better", "due_on": "2026-10-20", "checkin_on": "2026-10-10",
        "owner_1": "staff:t-okafor", "text_1": scene.TUTORING,
    }  # fmt: skip
    answer = site.staff().post("/scheduling/plans", form=form, headers=BROWSER)
    assert answer.status_code == 422
    assert "Algebra better" in answer.text and "school day" in answer.text
    assert site.world.rows(PLAN) == []


def test_a_plan_is_started_for_an_own_student_only(site: Site):
    elsewhere = site.staff("t-alvarez", school_id="org-greenview")
    assert elsewhere.post("/scheduling/plans", json=PLAN_JSON).status_code == 403
    plan_id = proposed(site)
    assert elsewhere.get(f"/scheduling/plans/{plan_id}").status_code == 403
    assert site.chen.get(f"/scheduling/plans/{plan_id}").status_code == 200
    assert site.chen.post(f"/scheduling/plans/{plan_id}/review", json={"outcome": "ended"}).status_code == 404


def test_a_home_sees_nothing_of_what_the_other_home_answered(site: Site):
    accepted(site, "g-halima")
    other = site.page(site.plan_path("g-yusuf") + "?lang=en")
    assert "Halima" not in other
    assert "You accepted" not in other and "It is under way" not in other
    assert actions(other, "plan-accept"), "it is asked for itself"
    staff_page = site.staff().get(f"/scheduling/plans/{site.world.rows(PLAN)[0].plan_id}", headers=BROWSER).text
    assert "Halima Warsame: has accepted" in staff_page
    assert "Yusuf Abdi: has not answered yet" in staff_page


def test_a_restriction_takes_page_and_buttons_away(site: Site):
    proposed(site)
    path = site.plan_path("g-halima")
    [accept] = actions(site.page(path), "plan-accept")
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-halima", "s-amina", date(2026, 9, 1))])
    assert site.home.get(path, headers=BROWSER).status_code == 410
    assert site.home.post(accept, headers=BROWSER).status_code == 410
    assert site.world.events("plan_agreed") == []


def test_a_forged_or_expired_link_is_refused_the_same_way(site: Site):
    proposed(site)
    path = site.plan_path("g-halima")
    assert site.home.get(path[:-3] + "xyz", headers=BROWSER).status_code == 410
    site.world.clock.advance_to(site.world.clock.now() + timedelta(days=90))
    assert site.home.get(path, headers=BROWSER).status_code == 410


def test_a_home_says_how_its_own_step_goes(site: Site):
    accepted(site)
    page = site.page(site.plan_path("g-halima") + "?lang=en")
    [own] = actions(page, "plan-report")
    assert site.home.post(own, form={"what": "too_hard"}, headers=BROWSER).status_code == 303
    assert site.home.post(own, form={"what": "done"}, headers=BROWSER).status_code == 410, "said once by one button"
    [fresh] = actions(site.page(site.plan_path("g-halima")), "plan-report")
    assert site.home.post(fresh, form={"what": "done"}, headers=BROWSER).status_code == 303
    assert [row.what for row in site.world.rows(STEP_REPORT)] == ["too_hard", "done"]


def test_families_see_what_the_school_has_done_and_nothing_of_the_other_home(site: Site):
    plan_id = accepted(site)
    [own] = actions(site.page(site.plan_path("g-halima")), "plan-report")
    site.home.post(own, form={"what": "too_hard"}, headers=BROWSER)
    for n, status in ((1, 200), (2, 404), (9, 404)):  # the school's own step, a home's, none
        assert site.staff().post(f"/scheduling/plans/{plan_id}/steps/{n}/done").status_code == status
    other = site.page(site.plan_path("g-yusuf") + "?lang=en")
    assert other.count('class="good">Done') == 1
    assert "Too hard" not in other


def test_a_button_for_somebody_else_s_step_reports_nothing(site: Site):
    plan_id = accepted(site)
    forged = site.world.ports.page_link(
        "/scheduling/plan-report", DISTRICT, "g-yusuf", purpose="plan-report", resource=f"{plan_id}|1|2",
        expires_at=site.world.clock.now() + timedelta(days=1), language="en", school="org-northgate", jti="x",
    )  # fmt: skip
    assert site.home.post(path_of(forged), form={"what": "done"}, headers=BROWSER).status_code == 410
    assert site.world.rows(STEP_REPORT) == []


def differ(site: Site, guardian_id: str, n: int, words: str) -> None:
    page = site.page(site.plan_path(guardian_id))
    action = actions(page, "plan-differ")[n - 1]
    assert site.home.post(action, form={"text": words}, headers=BROWSER).status_code == 303


def test_one_step_pauses_and_both_sides_words_stand_side_by_side(site: Site):
    plan_id = accepted(site)
    with site.world.unit() as uow:
        plan_course.grade_recorded(uow, [scene.grade(64.0, date(2026, 9, 28), class_id="class-3a")])
    differ(site, "g-yusuf", 1, "Tuesdays are my days with her")
    opened = site.world.events("disagreement_opened")[0].data
    assert (opened["step"], opened["mediator_id"], opened["meet_by"]) == (1, "t-chen", date(2026, 10, 6))
    row = site.world.rows(DISAGREEMENT)[0]
    assert [fact["kind"] for fact in row.facts] == ["standing", "proposed"]
    assert row.offer_id is not None
    offer = site.world.offer_of("g-yusuf").data
    assert offer["staff_id"] == "t-chen" and offer["slots"][0]["start"].date() <= date(2026, 10, 6)

    words = {"text": "Wednesday would work for tutoring too"}
    assert site.chen.post(f"/scheduling/disagreements/{row.disagreement_id}/words", json=words).status_code == 200
    page = site.page(site.plan_path("g-yusuf") + "?lang=en")
    assert "Tuesdays are my days with her" in page and "Wednesday would work" in page
    assert page.count("This step pauses") == 1, "only that step"
    assert "standing 64 percent" in page
    other = site.page(site.plan_path("g-halima") + "?lang=en")
    assert "Tuesdays are my days" not in other and "pauses" not in other
    staff_page = site.staff().get(f"/scheduling/plans/{plan_id}", headers=BROWSER).text
    assert "Tuesdays are my days with her" in staff_page

    listed = site.chen.get("/scheduling/disagreements", headers=BROWSER).text
    assert "Yusuf Abdi" in listed
    closing = f"/scheduling/disagreements/{row.disagreement_id}/close"
    assert site.staff().post(closing, json={"outcome": "agreed"}).status_code == 403, "the mediator says so"
    assert site.chen.post(closing, json={"outcome": "agreed_to_differ"}).status_code == 200
    assert site.chen.post(closing, json={"outcome": "agreed"}).status_code == 404
    assert site.world.events("disagreement_closed")[0].data["outcome"] == "agreed_to_differ"
    assert "pauses" not in site.page(site.plan_path("g-yusuf") + "?lang=en")
    assert len(site.world.rows(VIEW)) == 2, "the words stay"


def test_an_outsider_s_words_stand_nowhere(site: Site):
    accepted(site)
    differ(site, "g-yusuf", 1, "Tuesdays are my days with her")
    row = site.world.rows(DISAGREEMENT)[0]
    stranger = site.staff("t-alvarez", school_id="org-greenview")
    answer = stranger.post(f"/scheduling/disagreements/{row.disagreement_id}/words", json={"text": "as I hear"})
    assert answer.status_code == 403
    assert len(site.world.rows(VIEW)) == 1


def test_nights_too_late_becomes_weekends_in_version_two(site: Site):
    plan_id = accepted(site)
    next_version = {name: value for name, value in PLAN_JSON.items() if name != "student_id"} | {
        "why": "nights are too late",
        "steps": [{"owner": "guardian:g-halima", "text": "30 minutes on weekends"}],
    }
    answer = site.staff().post(f"/scheduling/plans/{plan_id}/versions", json=next_version)
    assert answer.status_code == 201 and answer.json["version"] == 2
    scene.translate(site.world)
    page = site.page(site.plan_path("g-halima") + "?lang=en")
    assert "30 minutes on weekends" in page and "Until both sides accept this version" in page
    [accept] = actions(page, "plan-accept")
    site.home.post(accept, headers=BROWSER)
    assert [(row.version, row.active_version) for row in site.world.rows(PLAN)] == [(2, 2)]
    assert {row.version for row in site.world.rows(PLAN_STEP)} == {1, 2}, "what was agreed first is still there to read"


def test_words_that_every_home_reads_name_no_guardian(site: Site):
    answer = site.staff().post("/scheduling/plans", json=PLAN_JSON | {"goal": "halima and Amina reach 75"})
    assert answer.status_code == 422 and "without a guardian's name" in answer.text
    assert site.world.rows(PLAN) == []


def test_a_teacher_keeps_or_ends_a_plan(site: Site):
    plan_id = accepted(site)
    url = f"/scheduling/plans/{plan_id}/review"
    assert site.staff().post(url, json={"outcome": "kept"}).status_code == 422
    for day in ("2026-10-17", "2026-09-28", "2026-10-21"):  # a Saturday, gone by, after the goal's day
        assert site.staff().post(url, json={"outcome": "kept", "checkin_on": day}).status_code == 422
    assert site.staff().post(url, json={"outcome": "kept", "checkin_on": "2026-10-15"}).status_code == 200
    assert site.world.due()["plan_checkin", plan_id].date() == date(2026, 10, 15)
    assert site.staff().post(url, json={"outcome": "ended"}).status_code == 200
    assert site.staff().post(url, json={"outcome": "ended"}).status_code == 422
    assert "This plan has ended" in site.page(site.plan_path("g-halima") + "?lang=en")


NOTE_JSON = {
    "student_id": "s-amina",
    "guardian_id": "g-halima",
    "heard": "Evenings are short at home",
    "example": "set 3 came late twice",
    "agreed": "practice on weekends",
    "next_on": "2026-10-09",
}


def noted(site: Site, **changes: Any) -> str:
    answer = site.staff().post("/scheduling/notes", json=NOTE_JSON | changes)
    assert answer.status_code == 201, answer.text
    scene.translate(site.world)
    return str(answer.json["note_id"])


def test_three_lines_in_her_language_to_confirm_within_three_days(site: Site):
    note_id = noted(site)
    shared = scene.told(site.world, "summary_shared")["g-halima"].data
    assert shared["words"] == [f"[so] {NOTE_JSON[name]}" for name in ("heard", "example", "agreed")]
    assert shared["answer_by"] - site.world.clock.now() == timedelta(days=3)
    with site.world.unit() as uow:
        summaries.reply_received(uow, [reply(note_id, "1", "g-halima", kind="note")])
    assert site.world.rows(NOTE)[0].state == "confirmed"
    assert [event.data["note_id"] for event in site.world.events("summary_confirmed")] == [note_id]
    assert ("note_silent", note_id) not in site.world.due()


def test_her_correction_stands_beside_the_note_which_stays_as_it_was(site: Site):
    note_id = noted(site)
    path = path_of(scene.told(site.world, "summary_shared")["g-halima"].data["link"])
    [url] = actions(site.page(path), "/words")
    assert site.home.post(url, form={"text": "Waxaan iri subaxdii"}, headers=BROWSER).status_code == 303
    scene.translate(site.world, "en")
    assert "Waxaan iri subaxdii" in site.page(path)
    mine = site.staff().get("/scheduling/notes", headers=BROWSER).text
    assert NOTE_JSON["heard"] in mine and "[en] Waxaan iri subaxdii" in mine
    corrected = site.world.events("summary_corrected")[0].data
    assert (corrected["note_id"], corrected["text"]) == (note_id, "Waxaan iri subaxdii")


def test_a_correction_by_text_message_counts_the_same_and_once(site: Site):
    note_id = noted(site)
    words = reply(note_id, "It was set 2", "g-halima", kind="note")
    for _ in range(2):
        with site.world.unit() as uow:
            summaries.reply_received(uow, [words])
            summaries.reply_received(uow, [reply(note_id, "not mine", "g-yusuf", kind="note")])
    assert len(site.world.rows(CORRECTION)) == 1
    assert site.world.rows(NOTE)[0].state == "corrected"


def test_a_guardian_asks_for_a_plan_and_the_teacher_finds_a_draft_in_these_words(site: Site):
    noted(site)
    path = path_of(scene.told(site.world, "summary_shared")["g-halima"].data["link"])
    [ask] = actions(site.page(path), "plan-ask")
    assert site.home.post(ask, form={"text": "Waan rabnaa inaan caawino"}, headers=BROWSER).status_code == 303
    assert site.home.post(ask, form={"text": "mar kale"}, headers=BROWSER).status_code == 410
    assert actions(site.page(path), "plan-ask") == []
    scene.translate(site.world, "en")
    [draft] = site.world.rows(PLAN)
    assert (draft.state, draft.staff_id, draft.asked_by) == ("draft", "t-okafor", "g-halima")
    editor = site.staff().get(f"/scheduling/plans/new?plan_id={draft.plan_id}", headers=BROWSER).text
    assert "[en] Waan rabnaa inaan caawino" in editor
    answer = site.staff().post("/scheduling/plans", json=PLAN_JSON | {"plan_id": draft.plan_id})
    assert (answer.status_code, answer.json["plan_id"]) == (201, draft.plan_id)
    scene.translate(site.world)
    assert "Waan rabnaa" not in site.page(site.plan_path("g-yusuf")), "asked at home, read at school only"


def test_a_talk_that_nobody_had_booked_is_noted_too(site: Site):
    page = site.staff().get("/scheduling/notes?student_id=s-amina", headers=BROWSER).text
    assert "Halima Warsame" in page and "Yusuf Abdi" in page
    form = {name: NOTE_JSON[name] for name in ("student_id", "guardian_id", "heard", "example", "agreed")}
    assert site.staff().post("/scheduling/notes", form=form, headers=BROWSER).status_code == 303
    assert [row.meeting_id for row in site.world.rows(NOTE)] == [None]
    stranger = site.staff("t-alvarez", school_id="org-greenview")
    assert stranger.get("/scheduling/notes?student_id=s-amina", headers=BROWSER).status_code == 403


def test_a_restricted_guardian_is_noted_nothing_and_not_named_as_a_choice(site: Site):
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-yusuf", "s-amina", date(2026, 9, 1))])
    assert "Yusuf" not in site.staff().get("/scheduling/notes?student_id=s-amina", headers=BROWSER).text
    answer = site.staff().post("/scheduling/notes", json=NOTE_JSON | {"guardian_id": "g-yusuf"})
    assert answer.status_code == 422 and "restriction" not in answer.text


def test_three_silent_days_are_no_yes(site: Site):
    note_id = noted(site)
    site.world.clock.advance_to(site.world.due()["note_silent", note_id])
    with site.world.unit() as uow:
        summaries.note_silent(uow, [DueItem("note_silent", note_id, site.world.clock.now(), {}, 0)])
    assert site.world.rows(NOTE)[0].state == "silent"
    assert "Not confirmed" in site.staff().get("/scheduling/notes", headers=BROWSER).text


def test_what_the_family_said_to_do_is_kept_as_its_promise_and_done_by_its_link(site: Site):
    noted(site, promise="guardian")
    [row] = site.world.rows(COMMITMENT)
    assert (row.owner_id, row.owner_kind, row.text) == ("g-halima", "guardian", NOTE_JSON["agreed"])
    assert scene.told(site.world, "commitment_made")["g-halima"].data["words"] == [f"[so] {NOTE_JSON['agreed']}"]
    site.world.clock.advance_to(site.world.due()["promise_reminder", row.commitment_id])
    with site.world.unit() as uow:
        due = [DueItem("promise_reminder", row.commitment_id, site.world.clock.now(), {}, 0)]
        promises.promise_reminder(uow, site.world.ports, due)
    path = path_of(site.world.events("commitment_due")[0].data["link"])
    assert site.home.post(path, headers=BROWSER).status_code == 303
    assert site.home.post(path, headers=BROWSER).status_code == 410
    kept = site.world.events("commitment_kept")[0].data
    assert (kept["owner_id"], kept["staff_id"]) == ("g-halima", "t-okafor")
    rate = site.staff().get("/scheduling/promises").json
    assert rate["settled"] == 0, "families are not counted in the school's rate"


def test_a_restriction_takes_note_and_promise_away_too(site: Site):
    noted(site, promise="guardian")
    note_path = path_of(scene.told(site.world, "summary_shared")["g-halima"].data["link"])
    [row] = site.world.rows(COMMITMENT)
    site.world.clock.advance_to(site.world.due()["promise_reminder", row.commitment_id])
    with site.world.unit() as uow:
        due = [DueItem("promise_reminder", row.commitment_id, site.world.clock.now(), {}, 0)]
        promises.promise_reminder(uow, site.world.ports, due)
    promise_path = path_of(site.world.events("commitment_due")[0].data["link"])
    assert [site.home.get(path, headers=BROWSER).status_code for path in (note_path, promise_path)] == [200, 200]
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-halima", "s-amina", date(2026, 9, 1))])
    assert [site.home.get(path, headers=BROWSER).status_code for path in (note_path, promise_path)] == [410, 410]
    assert site.home.post(promise_path, headers=BROWSER).status_code == 410
    assert site.world.rows(COMMITMENT)[0].state == "open"


def test_staff_promise_on_school_days(site: Site):
    promise = {"student_id": "s-amina", "guardian_id": "g-halima", "text": "extra practice", "due_on": "2026-10-03"}
    refused = site.staff().post("/scheduling/commitments", json=promise)
    assert refused.status_code == 422 and "school day" in refused.text
    assert site.staff().post("/scheduling/commitments", json=promise | {"due_on": "2026-10-02"}).status_code == 201
    assert site.staff().post("/scheduling/commitments", json=promise | {"owner": "guardian"}).status_code == 201


def need(consent: bool, need_id: str = "need-1", guardian_id: str = "g-halima") -> Any:
    data = {
        "need_id": need_id, "guardian_id": guardian_id, "student_id": "s-amina", "school_id": "org-northgate",
        "need": "winter_coats", "consent": consent,
    }  # fmt: skip
    return said("surveys.need_identified", "surveys", data)


@pytest.fixture
def listed(site: Site) -> Site:
    event = school("org-northgate", revision=2)
    services = {"winter_coats": {"so": "Kaniisadda: jaakado", "en": "St Anne: coats"}}
    with site.world.unit() as uow:
        roster.school_onboarded(uow, site.world.ports, [said(event.type, "directory", {**event.data, "loop": {"services": services}})])
    return site


def test_with_consent_the_counselor_has_48_hours_and_the_teacher_sees_only_that_support_is_under_way(listed: Site):
    site = listed
    accepted(site)
    for _ in range(2):
        with site.world.unit() as uow:
            referrals.need_identified(uow, [need(True)])
    [made] = site.world.events("referral_made")
    assert made.data["counselor_id"] == "t-chen"
    assert made.data["due_at"] - site.world.clock.now() == timedelta(hours=48)
    assert site.world.events("services_listed")[0].data["services"] == "Kaniisadda: jaakado"
    page = site.staff().get("/scheduling/plans", headers=BROWSER).text
    assert "Support in progress" in page and "coats" not in page
    assert site.staff().get("/scheduling/referrals").status_code == 403
    assert "winter coats" in site.chen.get("/scheduling/referrals", headers=BROWSER).text
    [row] = site.world.rows(REFERRAL)
    elsewhere = site.staff("t-other", "counselor", "org-greenview")
    assert elsewhere.post(f"/scheduling/referrals/{row.referral_id}/done").status_code == 403
    assert site.chen.post(f"/scheduling/referrals/{row.referral_id}/done").status_code == 200
    assert "Support in progress" not in site.staff().get("/scheduling/plans", headers=BROWSER).text


def test_without_consent_only_the_list_goes_home_and_nothing_is_written_down(listed: Site):
    with listed.world.unit() as uow:
        referrals.need_identified(uow, [need(False), need(False, "need-2", "g-yusuf")])
    assert [event.data["services"] for event in listed.world.events("services_listed")] == [
        "Kaniisadda: jaakado",
        "St Anne: coats",
    ]
    assert listed.world.events("referral_made") == []
    assert listed.world.rows(REFERRAL) == []


def test_a_restricted_guardian_is_listed_nothing(listed: Site):
    with listed.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-halima", "s-amina", date(2026, 9, 1))])
        referrals.need_identified(uow, [need(False)])
    assert listed.world.events("services_listed") == []


def test_no_event_shows_a_word_of_a_family_in_the_clear(site: Site):
    accepted(site)
    differ(site, "g-yusuf", 1, "Tuesdays are my days with her")
    noted(site)
    with site.world.engine.begin() as connection:
        wire = b"".join(bytes(body) for body in connection.execute(sa.select(OUTBOX.c.body)).scalars())
    for words in ("Tuesdays", scene.TUTORING, "Evenings", "practice on weekends", "winter", "Halima"):
        assert words.encode() not in wire, words


def test_a_meeting_that_is_over_asks_for_its_note_once(site: Site):
    start = datetime.fromisoformat("2026-09-28T20:30:00+00:00")
    row = {
        "meeting_id": "m-1", "kind": "asked", "guardian_id": "g-halima", "student_id": "s-amina", "staff_id": "t-okafor",
        "school_id": "org-northgate", "start_at": start, "end_at": start + timedelta(minutes=20),
        "blocked_until": start + timedelta(minutes=20), "mode": "phone", "sequence": 0, "state": "booked", "booked_at": start,
    }  # fmt: skip
    with site.world.unit() as uow:
        insert_rows(uow.connection, MEETING, [row])
    assert 'value="m-1"' in site.staff().get("/scheduling/notes", headers=BROWSER).text
    noted(site, meeting_id="m-1")
    assert 'value="m-1"' not in site.staff().get("/scheduling/notes", headers=BROWSER).text
    assert site.staff().post("/scheduling/notes", json=NOTE_JSON | {"meeting_id": "m-1"}).status_code == 422
    stranger = site.staff("t-chen", "counselor")
    assert stranger.post("/scheduling/notes", json=NOTE_JSON | {"meeting_id": "m-1"}).status_code == 404
