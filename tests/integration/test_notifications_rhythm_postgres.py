"""What balance, live contact, briefs, guides, load and pictures ask of their tables, on PostgreSQL: the same sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from tests.migrated import upgrade
from tests.unit.services.notifications.rhythm import test_balance_flow as balance
from tests.unit.services.notifications.rhythm import test_rhythm_flow as rhythm
from tests.unit.services.notifications.world import District


@pytest.fixture
def district(pg_database: str, tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


@pytest.mark.parametrize("sentence", [
    balance.test_before_the_fourth_concern_the_teacher_sees_since_when_there_was_no_good_news,
    balance.test_the_night_flags_a_student_once_and_good_news_ends_it_at_once,
    balance.test_silence_about_a_failing_grade_is_flagged_and_so_is_praise_over_it_until_somebody_speaks,
    balance.test_an_open_concern_makes_the_floor_seven_days_and_a_broadcast_is_no_contact,
    balance.test_nobody_has_spoken_with_the_home_by_the_first_of_december_and_a_logged_call_ends_it,
    balance.test_a_newer_count_takes_the_place_of_an_open_draft_and_a_failing_grade_makes_none,
    balance.test_too_hard_is_a_task_for_the_teacher_and_tried_it_takes_it_away_again,
    balance.test_on_monday_a_teachers_load_is_a_band,
    balance.test_figures_that_are_counted_for_nobody_are_counted_for_nobody,
], ids=lambda sentence: sentence.__name__)  # fmt: skip
def test_balance_and_contact(district, sentence):
    sentence(district)


@pytest.mark.parametrize("sentence", [
    rhythm.test_a_mother_of_two_gets_one_message_for_both_children_at_two_schools,
    rhythm.test_octobers_newsletter_lists_family_friday_by_itself_and_the_offices_words_before_it,
    rhythm.test_two_weeks_before_school_every_home_is_welcomed_and_the_page_counts_them,
    rhythm.test_a_class_photo_waits_until_the_child_without_consent_is_untagged,
    rhythm.test_a_picture_is_deleted_after_thirty_days,
], ids=lambda sentence: sentence.__name__)  # fmt: skip
def test_briefs_welcomes_and_pictures(district, sentence):
    rhythm.calendar(district, "greenview")
    sentence(district)
