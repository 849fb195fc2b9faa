"""The link to a guardian's own page: to their own telephone, past every boundary against surveys, and to no staff."""

from __future__ import annotations

from services.notifications.domain.sending import GUARDED
from services.notifications.handlers import own_page, wishes
from services.notifications.tables import MESSAGE, OPEN_QUESTION


def asked(district):
    return district.event(
        "surveys.own_page_asked", guardian_id="g-ana", student_ids=["s-mateo"], school_id="greenview", language="es",
        text="Greenview: su propia página: https://h/surveys/preferences/t",
    )  # fmt: skip


def test_the_link_reaches_who_wants_no_surveys_and_opens_no_question(district):
    limit = district.event("surveys.boundary_set", guardian_id="g-ana", scope="no_surveys", active=True, version=1, set_by="g-ana")
    district.hear(wishes.boundary_set, limit)
    event = asked(district)
    for _ in range(2):  # told twice, sent once
        district.hear(own_page.own_page_asked, event)
    district.settle()
    took = [*district.sms.took, *district.email.took]
    assert ["https://h/surveys/preferences/t" in letter.body for letter in took] == [True]
    assert [row["category"] for row in district.rows(MESSAGE)] == [GUARDED]
    assert district.rows(OPEN_QUESTION) == []
