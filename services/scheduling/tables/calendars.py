"""Calendar feeds, calendars elsewhere, and what was last said to and by each reader of an invitation."""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime

FEED = sa.Table(
    "calendar_feed",
    METADATA,
    sa.Column("feed_id", sa.Text, primary_key=True),
    sa.Column("owner_kind", sa.Text, nullable=False, comment="staff, guardian"),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime, comment="the link answers 410 from then on"),
    sa.Index("calendar_feed_by_owner", "owner_kind", "owner_id"),
    comment="links that a calendar program asks for a person's own meetings",
)

EXTERNAL_CALENDAR = sa.Table(
    "external_calendar",
    METADATA,
    sa.Column("calendar_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False, comment="caldav (read and written), ics (read)"),
    sa.Column("host", sa.Text, nullable=False, comment="for the page; the address itself may be a secret"),
    sa.Column("sealed", sa.JSON, nullable=False, comment="address, user and password, under the district's key"),
    sa.Column("state", sa.Text, nullable=False, comment="new, ok, or why it could not be read (calendars.trouble)"),
    sa.Column("notes", sa.JSON, nullable=False, comment="[{code, count}]: what in it could not be understood"),
    sa.Column("mark", sa.Text, comment="ETag or sync token of what was last read: unchanged means nothing to do"),
    sa.Column("read_until", UtcDateTime, comment="busy times are known up to here"),
    sa.Column("tried_at", UtcDateTime),
    sa.Column("worked_at", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False, comment="in a row"),
    sa.Column("wanted_at", UtcDateTime, comment="to be looked at from then on; null: somebody is at it, or it rests"),
    sa.Column("claimed_until", UtcDateTime, comment="whoever took it may have died: free again then"),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Index("external_calendar_wanted", "wanted_at"),
    comment="a member of staff's own calendar elsewhere: its busy times are read, our meetings are written into it",
)

CALENDAR_COPY = sa.Table(
    "calendar_copy",
    METADATA,
    sa.Column("calendar_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False, comment="of the meeting as it was last written there"),
    sa.Column("href", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("put_at", UtcDateTime, nullable=False),
    comment="our meetings as they stand in somebody's calendar, so that each stands there once",
)

CALENDAR_ANSWER = sa.Table(
    "calendar_answer",
    METADATA,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("reader_kind", sa.Text, primary_key=True, comment="guardian, staff; other: an address that the roster does not have"),
    sa.Column("partstat", sa.Text, nullable=False, comment="accepted, declined, tentative (RFC 5545 §3.2.12)"),
    sa.Column("sequence", sa.Integer, nullable=False, comment="of the invitation that was answered"),
    sa.Column("stamp", UtcDateTime, nullable=False, comment="when the calendar program wrote it: an older one is ignored"),
    sa.Column("heard_at", UtcDateTime, nullable=False),
    comment="the last word of each reader's calendar program",
)

COUNTER = sa.Table(
    "calendar_counter",
    METADATA,
    sa.Column("counter_id", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Text, nullable=False, index=True),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("start_at", UtcDateTime, nullable=False, comment="the time that the family proposes"),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False, comment="of the meeting that it would move; moved since: void"),
    sa.Column("state", sa.Text, nullable=False, comment="open, accepted, declined, replaced"),
    sa.Column("heard_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Index("calendar_counter_by_staff", "staff_id", "state"),
    comment="other times that families have proposed from their calendars (iTIP COUNTER)",
)
