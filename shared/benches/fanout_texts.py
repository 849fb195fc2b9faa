"""The announcement that everybody sends: text and HTML in twelve languages, with one slot for the children's names."""

from __future__ import annotations

LANGUAGES = ("en", "es", "so", "vi", "ar", "gu", "zh-Hans", "fr", "pt", "ru", "sw", "tl")
TITLE = "School news"
_PARAGRAPH = {
    "en": "On Friday 2 October we open our doors from 17:30 to 19:00. Come and see what the classes have made this term.",
    "es": "El viernes 2 de octubre abrimos nuestras puertas de 17:30 a 19:00. Vengan a ver lo que las clases han hecho.",
    "so": "Jimcaha 2 Oktoobar waxaan albaabada furaynaa 17:30 ilaa 19:00. Kaalaya oo arka waxa fasalladu sameeyeen.",
    "vi": "Thứ Sáu ngày 2 tháng 10 trường mở cửa từ 17:30 đến 19:00. Mời gia đình đến xem các lớp đã làm được gì.",
    "ar": "يوم الجمعة 2 أكتوبر نفتح أبوابنا من 17:30 إلى 19:00. تعالوا لتروا ما أنجزته الصفوف هذا الفصل.",
    "gu": "શુક્રવાર 2 ઑક્ટોબરે 17:30 થી 19:00 સુધી શાળાના દરવાજા ખુલ્લા છે. વર્ગોએ શું બનાવ્યું તે જોવા આવો.",
    "zh-Hans": "10月2日星期五17:30至19:00，学校向各位家长开放。欢迎前来看看各个班级这学期的成果。",
    "fr": "Le vendredi 2 octobre, nous ouvrons nos portes de 17:30 à 19:00. Venez voir ce que les classes ont réalisé.",
    "pt": "Na sexta-feira, 2 de outubro, abrimos as portas das 17:30 às 19:00. Venham ver o que as turmas fizeram.",
    "ru": "В пятницу, 2 октября, школа открыта для семей с 17:30 до 19:00. Приходите посмотреть, что сделали классы.",
    "sw": "Ijumaa tarehe 2 Oktoba tunafungua milango kuanzia 17:30 hadi 19:00. Karibuni mwone kazi za madarasa.",
    "tl": "Sa Biyernes, 2 Oktubre, bukas ang paaralan mula 17:30 hanggang 19:00. Halina at tingnan ang gawa ng mga klase.",
}
_REPEATS = 10


def text(language: str) -> str:
    """The announcement in a language, about 1.2 kB before it becomes a mail."""
    return "\n\n".join([_PARAGRAPH[language]] * _REPEATS)


def for_peers(languages: tuple[str, ...] = LANGUAGES) -> dict[str, dict[str, str]]:
    """Subject, text and HTML by language, with a place for the names."""
    return {
        language: {
            "subject": TITLE,
            "text": f"{{names}}\n\n{text(language)}\n",
            "html": f"<html><body><p>{{names}}</p>{f'<p>{_PARAGRAPH[language]}</p>' * _REPEATS}</body></html>",
        }
        for language in languages
    }
