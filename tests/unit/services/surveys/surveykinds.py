"""A survey with every kind of question, on three pages, in four languages; put straight to one guardian."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.surveys.domain.definition import survey_of
from services.surveys.tables import ASSIGNMENT, CAMPAIGN, SURVEY_VERSION
from shared.store import insert_rows
from tests.unit.services.surveys.surveyhouse import DISTRICT, DUE, GREEN, House

LANGUAGES = ("en", "es", "so", "ar")


def t(en: str, es: str, so: str, ar: str) -> dict[str, str]:
    return {"en": en, "es": es, "so": so, "ar": ar}


WHY = t(
    "So that we plan with you and not past you.",
    "Para planear con usted y no sin usted.",
    "Si aan kula qorsheyno oo aan kaa tegin.",
    "كي نخطط معكم لا من دونكم.",
)


def option(value: str, *labels: str, digit: int = 1) -> dict[str, Any]:
    return {"value": value, "digit": digit, "label": t(*labels)}


BUS = [
    option("bus", "School bus", "Autobús escolar", "Baska dugsiga", "حافلة المدرسة"),
    option("walk", "On foot", "A pie", "Lug", "سيرًا على الأقدام", digit=2),
    option("car", "By car, with somebody from the neighborhood", "En carro, con alguien del vecindario", "Gaari, qof xaafadda ah la socda", "بالسيارة، مع أحد من الحي", digit=3),
]  # fmt: skip
PARTS = [
    option("morning", "Morning", "Mañana", "Subax", "صباحًا"),
    option("afternoon", "Afternoon", "Tarde", "Galab", "بعد الظهر", digit=2),
    option("evening", "Evening", "Noche", "Fiid", "مساءً", digit=3),
]
AGREEMENT = [
    option("no", "Not at all", "Nada", "Maya", "إطلاقًا"),
    option("some", "A little", "Un poco", "Xoogaa", "قليلًا", digit=2),
    option("yes", "Very much", "Mucho", "Aad", "كثيرًا", digit=3),
]
DAYS = [
    {"value": "mon", "label": t("Monday", "Lunes", "Isniin", "الاثنين")},
    {"value": "thu", "label": t("Thursday", "Jueves", "Khamiis", "الخميس")},
]
AREAS = [
    {"value": "reading", "label": t("Reading", "Lectura", "Akhris", "القراءة")},
    {"value": "math", "label": t("Mathematics", "Matemáticas", "Xisaab", "الرياضيات")},
]


def _q(id: str, type: str, *texts: str, group: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "text": t(*texts), "why": WHY, "group": group, **more}


QUESTIONS = [
    _q("way", "single", "How does your child come to school?", "¿Cómo viene su hijo a la escuela?", "Sidee buu ilmahaagu dugsiga ku yimaadaa?", "كيف يأتي طفلكم إلى المدرسة؟", group="first", options=BUS),
    _q("far", "number", "How many minutes does it take?", "¿Cuántos minutos tarda?", "Immisa daqiiqo ayay qaadataa?", "كم دقيقة يستغرق ذلك؟", group="first", visible_if="{way} = 'walk'", min=0, max=240, unit_label=t("minutes", "minutos", "daqiiqo", "دقيقة")),
    _q("helps", "multi", "What helps at home?", "¿Qué ayuda en casa?", "Maxaa guriga ka caawiya?", "ما الذي يساعد في البيت؟", group="first", options=BUS, most=2),
    _q("internet", "yes_no", "Is there internet at home?", "¿Hay internet en casa?", "Guriga internet ma leeyahay?", "هل يوجد إنترنت في البيت؟", group="first"),
    _q("speech", "language", "Which language do you speak at home?", "¿Qué idioma hablan en casa?", "Luqaddee ayaad guriga kaga hadashaan?", "ما اللغة التي تتحدثون بها في البيت؟", group="first", options=[option("so", "Somali", "Somalí", "Soomaali", "الصومالية"), option("ar", "Arabic", "Árabe", "Carabi", "العربية", digit=2)]),
    _q("order", "ranking", "What matters most to you?", "¿Qué es lo más importante para usted?", "Maxaa kuugu muhiimsan?", "ما الأهم بالنسبة إليكم؟", group="first", options=PARTS),
    _q("trust", "scale", "How welcome do you feel at school?", "¿Qué tan bienvenido se siente?", "Sidee laguugu soo dhaweeyaa?", "إلى أي حد تشعرون بالترحيب؟", group="second", min=1, max=5),
    _q("stars", "rating", "How was the last meeting?", "¿Cómo fue la última reunión?", "Sidee ahayd kulankii u dambeeyay?", "كيف كان اللقاء الأخير؟", group="second", max=5),
    _q("sure", "scale", "Does your child like going to school?", "¿Le gusta ir a la escuela?", "Ilmahaagu ma jecel yahay dugsiga?", "هل يحب طفلكم الذهاب إلى المدرسة؟", group="second", options=AGREEMENT, per_child=True),
    _q("call_name", "name", "What may we call you?", "¿Cómo le llamamos?", "Magacee aan kuugu yeernaa?", "كيف نناديكم؟", group="second"),
    _q("mail", "email", "An e-mail address that you read", "Un correo que usted lee", "Iimayl aad akhriso", "بريد إلكتروني تقرؤونه", group="second"),
    _q("number", "phone", "A number that reaches you by day", "Un número donde le encontramos de día", "Lambar maalintii lagaa helo", "رقم نصل إليكم عليه نهارًا", group="second"),
    _q("note1", "note", "Now a few words about times.", "Ahora, unas palabras sobre horarios.", "Hadda ereyo kooban oo ku saabsan waqtiyada.", "والآن بضع كلمات عن الأوقات.", group="third"),
    _q("after", "time", "From what time may we call?", "¿Desde qué hora podemos llamar?", "Saacaddee laga bilaabo ayaan ku soo wici karnaa?", "من أي ساعة يمكننا الاتصال؟", group="third"),
    _q("start", "date", "When did your child begin here?", "¿Cuándo empezó aquí?", "Goorma ayuu halkan bilaabay?", "متى بدأ طفلكم هنا؟", group="third"),
    _q("visit", "datetime", "When would you like to visit?", "¿Cuándo quiere visitarnos?", "Goorma ayaad rabtaa inaad na soo booqato?", "متى تودّون زيارتنا؟", group="third"),
    _q("times", "availability", "When are you free to talk?", "¿Cuándo puede hablar?", "Goorma ayaad hadli kartaa?", "متى يمكنكم التحدث؟", group="third", rows=DAYS, options=PARTS),
    _q("like", "matrix_single", "How much does your child like this?", "¿Cuánto le gusta esto?", "Intee ayuu tan jecel yahay?", "إلى أي حد يحب طفلكم هذا؟", group="third", rows=AREAS, options=AGREEMENT),
    _q("with", "matrix_multi", "When do you do this together?", "¿Cuándo lo hacen juntos?", "Goorma ayaad wada samaysaan?", "متى تفعلون هذا معًا؟", group="third", rows=AREAS, options=PARTS),
    _q("short", "text", "In one line: what is your child good at?", "En una línea: ¿en qué es bueno su hijo?", "Hal sadar: maxuu ilmahaagu ku fiican yahay?", "في سطر واحد: ما الذي يجيده طفلكم؟", group="third", length=120),
    _q("story", "long_text", "What else should we know?", "¿Qué más debemos saber?", "Maxaa kale oo ay tahay inaan ogaanno?", "ماذا ينبغي أن نعرف أيضًا؟", group="third"),
    _q("say", "voice", "Tell us in your own voice", "Díganoslo con su voz", "Codkaaga noogu sheeg", "أخبرونا بصوتكم", group="third"),
    _q("share", "consent", "May we share this with the nurse?", "¿Podemos compartirlo con enfermería?", "Kalkaaliyaha ma la wadaagi karnaa?", "هل نشارك هذا مع الممرضة؟", group="third"),
]  # fmt: skip

CONTENT: dict[str, Any] = {
    "survey": "all_kinds",
    "kind": "other",
    "languages": list(LANGUAGES),
    "title": t("Working together", "Trabajar juntos", "Wada shaqayn", "نعمل معًا"),
    "intro": t("It takes ten minutes.", "Lleva diez minutos.", "Waxay qaadanaysaa toban daqiiqo.", "يستغرق عشر دقائق."),
    "pages": [
        {"id": "first", "title": t("Every day", "Cada día", "Maalin walba", "كل يوم")},
        {"id": "second", "title": t("You and we", "Usted y nosotros", "Adiga iyo annaga", "أنتم ونحن")},
        {"id": "third", "title": t("Times and words", "Horarios y palabras", "Waqtiyo iyo ereyo", "أوقات وكلمات")},
    ],
    "questions": QUESTIONS,
}


def put_to(house: House, guardian_id: str = "g-ana", *, content: dict[str, Any] = CONTENT, due_at: datetime = DUE, language: str = "en", round: str = "r1") -> str:
    """The path of the link; the guardian's children as the roster links them."""
    survey = survey_of(content)
    with house.unit() as uow:
        from services.surveys.store import roster

        children = sorted(link.student_id for family in roster.families(uow.connection, [guardian_id]) for link in family.links)
        insert_rows(uow.connection, SURVEY_VERSION, [{"version": survey.version, "survey_id": survey.id, "content": content, "published_at": uow.now}], on_conflict="ignore")
        campaign = {"campaign_id": f"c-{round}", "survey_id": survey.id, "round": round, "school_id": GREEN, "class_id": None, "send_at": uow.now, "remind_at": None, "due_at": due_at, "started_by": "o-chen"}
        insert_rows(uow.connection, CAMPAIGN, [campaign], on_conflict="ignore")
        assignment = {
            "assignment_id": f"a-{guardian_id}-{survey.id}-{round}", "campaign_id": f"c-{round}", "survey_id": survey.id, "version": survey.version, "kind": survey.kind,
            "guardian_id": guardian_id, "school_id": GREEN, "student_ids": children, "question_ids": [q.id for q in survey.questions], "language": language,
            "due_at": due_at, "state": "open", "assigned_at": uow.now,
        }  # fmt: skip
        insert_rows(uow.connection, ASSIGNMENT, [assignment], on_conflict="error")
    token = house.ports.survey_token(DISTRICT, assignment["assignment_id"], guardian_id, due_at=due_at, language=language, school=GREEN)
    return f"/surveys/s/{token}"
