"""django-post_office as its documentation has it: `mail.send_many` by the thousand, then `send_queued_mail`.

migrate | enqueue FILE | send PROCESSES       environment: PEER_PG_*, PEER_SMTP_PORT, PEER_THREADS
"""

import os
import sys

import django
from django.conf import settings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            **{key: os.environ[f"PEER_PG_{key}"] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
            "OPTIONS": {"options": f"-c search_path={os.environ['PEER_PG_SCHEMA']}"},
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    EMAIL_BACKEND="post_office.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=int(os.environ["PEER_SMTP_PORT"]),
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    SECRET_KEY="of no use here",
    USE_TZ=True,
    POST_OFFICE={
        "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
        "BATCH_SIZE": 1000,
        "THREADS_PER_PROCESS": int(os.environ["PEER_THREADS"]),
        "LOG_LEVEL": 1,  # rows for failures only
        "LOCK_FILE_NAME": os.environ.get("PEER_LOCK", "post_office_bench"),
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402
from fanout_mail import fill, headers, load  # noqa: E402
from post_office import mail  # noqa: E402


def enqueue(path):
    texts, people = load(path)
    for start in range(0, len(people), 1000):
        batch = []
        for person in people[start : start + 1000]:
            subject, text, html = fill(texts, person)
            batch.append(
                {
                    "sender": "school@peer.invalid",
                    "recipients": [person["email"]],
                    "subject": subject,
                    "message": text,
                    "html_message": html,
                    "headers": headers(person),
                }
            )
        mail.send_many(batch)


if __name__ == "__main__":
    verb, arguments = sys.argv[1], sys.argv[2:]
    if verb == "migrate":
        call_command("migrate", verbosity=0)
    elif verb == "enqueue":
        enqueue(arguments[0])
    else:
        call_command("send_queued_mail", processes=int(arguments[0]), verbosity=0)
