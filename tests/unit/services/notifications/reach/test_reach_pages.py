"""Who may see which figures, and that a figure's rows are the ones it counts."""

from __future__ import annotations

import csv
import io

import pytest

from tests.unit.services.notifications.reach.reachhouse import ReachHouse
from tests.unit.services.notifications.reach.reachsite import ReachSite


@pytest.fixture
def site(house: ReachHouse) -> ReachSite:
    """Greenview: 30 homes, of which 24 were reached and 6 wrote back; Northgate: 12."""
    for n in range(30):
        house.family(f"g-green{n:02}", language="so" if n < 12 else "en")
        house.send(f"g-green{n:02}", state="sent" if n < 24 else "failed")
    for n in range(12):
        house.family(f"g-north{n:02}", school="northgate")
    house.pass_time(hours=1)
    for n in range(6):
        house.reply(f"g-green{n:02}")
    house.count()
    return ReachSite(house)


def test_a_principal_sees_their_own_school_and_no_other(site: ReachSite):
    page = site.as_("principal", "greenview").get("/notifications/reach")
    assert page.status_code == 200
    assert "Greenview" in page.text and "Northgate" not in page.text and "Whole district" not in page.text
    assert "80 %" in page.text and "n = 30" in page.text
    assert "Association, not cause" in page.text and "<script" not in page.text
    assert site.as_("principal", "greenview").get("/notifications/reach?school=northgate").status_code == 404


def test_an_administrator_sees_the_district_and_every_school(site: ReachSite):
    page = site.as_("administrator").get("/notifications/reach")
    assert all(name in page.text for name in ("Whole district", "Greenview", "Northgate"))
    assert "n = 42" in page.text


def test_teachers_are_not_readers_of_comparisons(site: ReachSite):
    for path in ("/notifications/reach", "/notifications/reach/rows?figure=reach", "/notifications/repair"):
        assert site.as_("teacher", "greenview").get(path).status_code == 403


def test_the_rows_behind_reach_are_those_not_reached(site: ReachSite):
    office = site.as_("office", "greenview")
    table = office.get("/notifications/reach/rows.csv?figure=reach&school=greenview")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(rows) == 6 and {row["Reached"] for row in rows} == {"No"}
    wrote = list(csv.DictReader(io.StringIO(office.get("/notifications/reach/rows.csv?figure=reply").content.decode("utf-8-sig"))))
    assert len(wrote) == 6 and {row["Wrote back"] for row in wrote} == {"Yes"}


def test_rows_are_policys_to_give_and_the_look_is_kept(site: ReachSite):
    assert site.as_("office", "greenview").get("/notifications/reach/rows?figure=reach&school=northgate").status_code == 403
    assert site.as_("administrator").get("/notifications/reach/rows?figure=reach&school=northgate").status_code == 200
    looks = [event for event in site.house.said if event.type == "district.record_viewed"]
    assert [(look.data["subject_id"], look.data["outcome"]) for look in looks] == [("northgate", "denied"), ("northgate", "allowed")]


@pytest.mark.parametrize("figure", ["reach", "reply", "answer_hours", "cadence", "balance", "promises", "alert_lead", "letters", "unreached"])
def test_every_figure_leads_to_rows(site: ReachSite, figure: str):
    office = site.as_("office", "greenview")
    assert f"figure={figure}" in office.get("/notifications/reach").text
    assert office.get(f"/notifications/reach/rows?figure={figure}").status_code == 200
    assert office.get(f"/notifications/reach/rows.csv?figure={figure}").status_code == 200


def test_the_page_of_a_past_time_says_what_it_said(site: ReachSite):
    office = site.as_("office", "greenview")
    before = site.house.tally().as_of.isoformat().replace("+", "%2B")
    site.house.family("g-new")
    site.house.pass_time(minutes=10)
    assert office.post("/notifications/reach/count", form={}).status_code == 303
    assert "n = 31" in office.get("/notifications/reach").text
    then = office.get(f"/notifications/reach?as_of={before}").text
    assert "n = 31" not in then and "n = 30" in then
    rows = office.get(f"/notifications/reach/rows.csv?figure=reach&only=unreached&as_of={before}").content.decode("utf-8-sig")
    assert len(rows.splitlines()) == 1 + 6


def test_before_the_first_count_the_page_offers_one(house: ReachHouse):
    office = ReachSite(house).as_("office", "greenview")
    assert "Nothing has been counted yet" in office.get("/notifications/reach").text
    assert office.get("/notifications/reach/report.csv").status_code == 404


def test_csv_and_pdf_are_of_the_report_on_the_page(site: ReachSite):
    office = site.as_("office", "greenview")
    table = office.get("/notifications/reach/report.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert ("greenview", "reach", "80.0", "30") in {(row["school"], row["figure"], row["value"], row["n"]) for row in rows}
    assert not any(row["school"] == "northgate" for row in rows)
    assert office.get("/notifications/reach/report.pdf").content.startswith(b"%PDF")
