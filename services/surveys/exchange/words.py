"""Words for choices that a form only switches on; of a language without them, the English ones, which lint then asks about."""

from __future__ import annotations

OTHER = {
    "other": {
        "en": "Something else", "es": "Otra cosa", "so": "Wax kale", "vi": "Điều khác", "ar": "شيء آخر", "gu": "બીજું કંઈ",
    },
    "none": {
        "en": "None of these", "es": "Nada de esto", "so": "Midkoodna", "vi": "Không có mục nào", "ar": "لا شيء من ذلك",
        "gu": "આમાંથી કંઈ નહીં",
    },
}  # fmt: skip
