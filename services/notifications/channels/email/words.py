"""What stands under every email to a family, in the languages that Homeroom ships; elsewhere in English, marked so."""

from __future__ import annotations

from dataclasses import dataclass

from shared.web.i18n import negotiate


@dataclass(frozen=True, slots=True)
class Footer:
    """Why the email came, and the labels of its two links."""

    language: str
    why: str
    online: str
    stop: str


_FOOTERS = {
    footer.language: footer
    for footer in (
        Footer(
            "en",
            "You get this because you are a contact of a child at our school.",
            "Read it online:",
            "Stop these emails:",
        ),
        Footer(
            "es",
            "Recibe este mensaje porque es contacto de un niño o una niña de nuestra escuela.",
            "Leerlo en línea:",
            "No recibir más estos correos:",
        ),
        Footer(
            "so",
            "Waxaad tan u heshay maxaa yeelay waxaad tahay qofka lala xiriiro ee ilmo dhigta dugsigeenna.",
            "Ka akhri internetka:",
            "Jooji iimayladan:",
        ),
        Footer(
            "vi",
            "Quý vị nhận được thư này vì quý vị là người liên lạc của một học sinh trường chúng tôi.",
            "Đọc trên mạng:",
            "Ngừng nhận các thư này:",
        ),
        Footer(
            "ar",
            "وصلتك هذه الرسالة لأنك من جهات الاتصال لطفل في مدرستنا.",
            "اقرأها على الإنترنت:",
            "إيقاف هذه الرسائل:",
        ),
        Footer("gu", "તમે અમારી શાળાના બાળકના સંપર્ક છો, તેથી તમને આ સંદેશ મળ્યો છે.", "ઓનલાઇન વાંચો:", "આ ઇમેઇલ બંધ કરો:"),
        Footer("zh-Hans", "您是我校一名学生的联系人，因此收到此邮件。", "在线阅读：", "停止接收这些邮件："),
    )
}


def footer(language: str) -> Footer:
    """In the reader's language, else in English."""
    return _FOOTERS[negotiate([language], _FOOTERS)]
