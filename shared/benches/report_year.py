"""A district's year, drawn inside PostgreSQL: the same seed draws the same year."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

BEGIN = datetime(2026, 8, 31, 12, 0, tzinfo=UTC)
DAYS = 280
SCHOOLS = 60
# home languages of a large district, in percent: most English, then Spanish, then a long tail
LANGUAGES = (
    ("en", 70),
    ("es", 18),
    ("ar", 3),
    ("zh-Hans", 2),
    ("vi", 2),
    ("so", 1),
    ("ru", 1),
    ("pt", 1),
    ("ht", 1),
    ("gu", 1),
)

_STEPS = (
    """INSERT INTO school (school_id, revision, config_version, name, timezone, settings)
       SELECT 'school-' || s, 1, 'v1', 'School ' || s, 'America/Chicago', '{}' FROM generate_series(1, :schools) s""",
    """INSERT INTO guardian (guardian_id, revision, language, given_name, family_name, email, sms, phone)
       SELECT 'g-' || g, 1, (SELECT code FROM tongue WHERE pick < upto ORDER BY upto LIMIT 1), 'Given' || g, 'Family' || g,
              CASE WHEN g % 50 <> 0 THEN 'g' || g || '@example.org' END,
                CASE WHEN g % 5 <> 0 THEN '+1312555' || (1000 + g % 9000) END, NULL
       FROM (SELECT g, floor(random() * 100) AS pick FROM generate_series(1, :guardians) g) drawn""",
    """INSERT INTO student (student_id, revision, active, school_id, grade, class_ids, teacher_ids, sibling_group_id,
         given_name, family_name)
       SELECT 's-' || g, 1, true, 'school-' || (1 + g % :schools), '03', '[]', '[]', NULL, 'Given' || g, 'Family' || g
       FROM generate_series(1, :guardians) g""",
    """INSERT INTO guardian_link (guardian_id, student_id, revision, active, household_id, relationship, legal_guardian,
         lives_with, priority, receives)
       SELECT 'g-' || g, 's-' || g, 1, true, 'h-' || g, 'Parent', true, true, 1, true FROM generate_series(1, :guardians) g
       UNION ALL
       SELECT 'g-' || g, 's-' || (1 + (g * 7) % :guardians), 1, true, 'h-' || g, 'Parent', true, true, 1, true
       FROM generate_series(1, :guardians) g WHERE g % 6 = 0 AND 1 + (g * 7) % :guardians <> g""",
    """INSERT INTO message (message_id, content_version, kind, weight, risk, sender_id, school_id, catalogue_key,
         source_language, personal, purpose, created_at)
       SELECT 'm-' || m, 1, 'info', 'routine', 'low', NULL, 'school-' || (1 + m % :schools), 'x', 'en', false, 'school_mission',
              CAST(:began AS timestamptz) + (m * :days / :messages::float) * interval '1 day'
       FROM generate_series(1, :messages) m""",
    """INSERT INTO delivery (delivery_id, message_id, content_version, recipient_id, recipient_kind, way, lane, students,
         language, params, solicited, state, channel, tried, attempts, over_cap, created_at, sent_at, delivered_at)
       SELECT 'd-' || d, 'm-' || m, 1, 'g-' || g, 'guardian', '', 2, '[]', 'en', '{}', false,
              CASE WHEN luck < 0.05 THEN 'failed' WHEN channel = 'email' THEN 'sent' WHEN luck < 0.9 THEN 'delivered'
                   ELSE 'sent' END,
              channel, '[]', 1, false, at, at + interval '1 minute',
              CASE WHEN channel <> 'email' AND luck BETWEEN 0.05 AND 0.9 THEN at END
       FROM (SELECT d, m, g, luck,
         CASE WHEN d / 7 % 10 < 5 THEN 'email' WHEN d / 7 % 10 < 9 THEN 'sms' ELSE 'voice' END AS channel,
                    CAST(:began AS timestamptz) + (m * :days / :messages::float) * interval '1 day' AS at
             FROM (SELECT d, 1 + (d - 1) * :messages / :deliveries AS m, 1 + (d * 7919) % :guardians AS g, random() AS luck
                   FROM generate_series(1, CAST(:deliveries AS bigint)) d) numbered) timed
       ON CONFLICT DO NOTHING""",
    """INSERT INTO reply (reply_id, guardian_id, channel, language, text, received_at)
       SELECT 'r-' || d, recipient_id, channel, 'en', 'x', sent_at + random() * interval '40 hours'
       FROM (SELECT d.*, substr(delivery_id, 3)::bigint AS d FROM delivery d) numbered
       WHERE d % 17 = 0 AND state <> 'failed'""",
    """INSERT INTO cadence (school_id, "on", students, gaps)
       SELECT 'school-' || s, CAST(:began AS date) + n, 680, floor(random() * 60)
       FROM generate_series(1, :schools) s, generate_series(1, :days) n""",
    """INSERT INTO note (message_id, student_id, teacher_id, kind, example, at)
       SELECT 'n-' || n, 's-' || (1 + (n * 31) % :guardians), 't-1', CASE WHEN n % 4 = 0 THEN 'concern' ELSE 'positive' END, true,
              CAST(:began AS timestamptz) + random() * :days * interval '1 day' FROM generate_series(1, :guardians * 3) n""",
    # from here on what a count each night would have left: run n is the night after day n
    """INSERT INTO reach_run (run_id, at) SELECT n, CAST(:began AS timestamptz) + n * interval '1 day'
         FROM generate_series(1, :days) n""",
    """INSERT INTO reach_member (from_run, guardian_id, school_id, language)
       SELECT DISTINCT 1, l.guardian_id, s.school_id, g.language FROM guardian_link l
         JOIN student s USING (student_id) JOIN guardian g USING (guardian_id)""",
    """INSERT INTO reach_answer (delivery_id, run_id)
       SELECT delivery_id, 1 + floor(extract(epoch FROM min(received_at) - CAST(:began AS timestamptz)) / 86400)::int
       FROM (SELECT DISTINCT ON (r.reply_id) d.delivery_id, r.received_at FROM reply r
             JOIN delivery d ON d.recipient_id = r.guardian_id AND d.sent_at <= r.received_at
               AND d.sent_at > r.received_at - interval '7 days'
             ORDER BY r.reply_id, d.sent_at DESC, d.delivery_id DESC) answering GROUP BY delivery_id""",
    """INSERT INTO reach_fact (from_run, to_run, delivery_id, guardian_id, channel, at, reached, answered)
       WITH base AS (
         SELECT d.*, 1 + floor(extract(epoch FROM d.sent_at - CAST(:began AS timestamptz)) / 86400)::int AS sent_run,
           a.run_id AS answered_run
         FROM delivery d LEFT JOIN reach_answer a USING (delivery_id))
       SELECT sent_run, CASE WHEN answered_run > sent_run THEN answered_run END, delivery_id, recipient_id, channel, sent_at,
              state = 'delivered' OR (state = 'sent' AND channel = 'email') OR coalesce(answered_run <= sent_run, false),
              coalesce(answered_run <= sent_run, false)
       FROM base
       UNION ALL
       SELECT answered_run, NULL, delivery_id, recipient_id, channel, sent_at, true, true
         FROM base WHERE answered_run > sent_run""",
    """INSERT INTO reach_event (what, source_id, run_id, school_id, student_id, at, n, value)
       SELECT kind, message_id, 1 + floor(extract(epoch FROM at - CAST(:began AS timestamptz)) / 86400)::int, s.school_id,
         n.student_id, at, 1, 1
       FROM note n JOIN student s USING (student_id)
       UNION ALL
       SELECT 'cadence', school_id || ':' || "on", "on" - CAST(:began AS date), school_id, NULL,
         "on"::timestamp AT TIME ZONE 'UTC', students, students - gaps
       FROM cadence
       UNION ALL
       SELECT 'answer', reply_id, 1 + floor(extract(epoch FROM received_at - CAST(:began AS timestamptz)) / 86400)::int,
              'school-' || (1 + hashtext(reply_id) & 31), NULL, received_at, 1, random() * 20
                FROM reply WHERE hashtext(reply_id) % 3 = 0""",
)


def fill(connection: sa.Connection, *, guardians: int, deliveries: int, seed: int) -> list[str]:
    """Draw the year; returns the schools' ids."""
    numbers = {
        "schools": SCHOOLS, "guardians": guardians, "deliveries": deliveries, "messages": max(100, deliveries // 50),
          "days": DAYS, "began": BEGIN,
    }  # fmt: skip
    connection.execute(sa.text("SELECT setseed(:seed)"), {"seed": (seed % 100) / 100})
    connection.execute(sa.text("CREATE TEMPORARY TABLE tongue (code text, upto int)"))
    upto = 0
    for code, percent in LANGUAGES:
        upto += percent
        connection.execute(sa.text("INSERT INTO tongue VALUES (:code, :upto)"), {"code": code, "upto": upto})
    for step in _STEPS:
        statement = sa.text(step.replace("::float", " * 1.0").replace("\\:", ":"))
        used = {name: value for name, value in numbers.items() if f":{name}" in step}
        connection.execute(statement, used)
    return [f"school-{number}" for number in range(1, SCHOOLS + 1)]
