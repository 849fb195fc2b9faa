"""django-survey-and-report as its documentation has it, the same six questions on one page.

migrate | count | wsgi:application under gunicorn     environment: PEER_PG_*, PEER_PG_SCHEMA
The app has no conditions: the question that ours asks only of some is put to everybody, and kept for everybody.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of no use here",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            **{key: os.environ[f"PEER_PG_{key}"] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
            "OPTIONS": {"options": f"-c search_path={os.environ['PEER_PG_SCHEMA']}"},
            "CONN_MAX_AGE": None,  # kept open, as ours are
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "bootstrapform",
        "survey",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    ROOT_URLCONF="survey_django_urls",
    STATIC_URL="/static/",
    LOGIN_URL="/accounts/login/",
    LOGGING_CONFIG=None,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LANGUAGES=[("en", "English")],
    USE_TZ=True,
    CHOICES_SEPARATOR="|",
    USER_DID_NOT_ANSWER="Left blank",
    TEX_CONFIGURATION_FILE=Path("nothing.yaml"),
    SURVEY_DEFAULT_PIE_COLOR="red!50",
    EXCEL_COMPATIBLE_CSV=False,
    DEFAULT_SURVEY_PUBLISHING_DURATION=30,
)
django.setup()

QUESTIONS = (
    ("channel", "How shall we reach you?", "radio", "sms|email|call"),
    ("times", "When does it suit you?", "select-multiple", "morning|noon|evening"),
    ("welcome", "How welcome do you feel?", "radio", "not_at_all|somewhat|very"),
    ("worry", "Does anything worry you?", "radio", "some|nothing"),
    ("worry_words", "What is it?", "text", None),
    ("anything", "Anything else?", "text", None),
)


def migrate():
    """Tables and the survey; prints its id and its questions' ids by our names, as JSON."""
    import json
    from datetime import date

    from django.core.management import call_command
    from survey.models import Category, Question, Survey

    call_command("migrate", verbosity=0)
    asked = Survey.objects.create(
        name="Six questions",
        description="It takes two minutes.",
        is_published=True,
        need_logged_user=False,
        editable_answers=False,
        display_method=Survey.ALL_IN_ONE_PAGE,
        template="survey/one_page_survey.html",
        publish_date=date(2020, 1, 1),
        expire_date=date(2100, 1, 1),
    )
    category = Category.objects.create(name="Questions", survey=asked, order=1)
    ids = {}
    for order, (name, text, kind, choices) in enumerate(QUESTIONS):
        made = Question.objects.create(
            text=text, order=order, required=False, category=category, survey=asked, type=kind, choices=choices
        )
        ids[name] = made.pk
    print(json.dumps({"survey": asked.pk, "questions": ids}))


def count():
    from survey.models import Answer, Response

    print(Response.objects.count(), Answer.objects.count())


if __name__ == "__main__":
    {"migrate": migrate, "count": count}[sys.argv[1]]()
else:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
