"""Names by language, so that a roster looks like its families. Common names; nobody in particular."""

from __future__ import annotations

from typing import Final

GIVEN: Final[dict[str, tuple[str, ...]]] = {
    "en": tuple(
        "Olivia Liam Emma Noah Ava Ethan Sophia Mason Grace Logan Harper Lucas Ella Jack Chloe Owen Nora Caleb Hazel Wyatt"
        " Ruby Isaac Naomi Henry Alice Julian Stella Aaron Maya Simon Clara Adam Ivy Felix Rose Miles June Theo Pearl Amos".split()
    ),
    "es": tuple(
        "Sofía Santiago Valentina Sebastián Camila Matías Isabella Diego Lucía Alejandro Elena Javier Gabriela Andrés"
        " Daniela Luis Carmen Miguel Paula José Rosa Ángel Marisol Íñigo Ximena Raúl".split()
    ),
    "ar": ("Layla", "Omar", "Fatima", "Yousef", "Noor", "Karim", "مريم", "أحمد", "Salma", "Hassan", "ليلى", "Rania"),
    "zh": ("伟", "芳", "Wei", "Mei", "Jun", "Xiu", "秀英", "Hao", "Lan", "敏", "Jie", "Yan"),
    "vi": ("Linh", "Minh", "Hương", "Đức", "Thảo", "Quân", "Mai", "Tuấn", "Ngọc", "Phúc"),
    "so": ("Amina", "Abdi", "Hodan", "Mohamed", "Ayaan", "Fartun", "Ahmed", "Ifrah", "Yusuf", "Sahra"),
    "gu": ("Asha", "Dev", "Riya", "Kiran", "Nisha", "Jay", "Hetal", "Rohan"),
    "ru": ("Анна", "Dmitri", "Olga", "Ivan", "Екатерина", "Sergei"),
    "hmn": ("Mai", "Tou", "Pa", "Kong", "Yer", "Chue"),
    "ht": ("Marie", "Jean", "Nadège", "Wilner", "Fabiola", "Stanley"),
}
FAMILY: Final[dict[str, tuple[str, ...]]] = {
    "en": tuple(
        "Smith Johnson Miller Davis Wilson Anderson Taylor Thomas Moore Jackson White Harris Clark Lewis Walker Hall Young"
        " Allen King Wright Scott Green Baker Adams Nelson Hill Campbell Mitchell Roberts Carter Phillips Evans Turner"
        " Parker Collins Edwards Stewart Morris Murphy Cook Rogers O'Brien O'Neill D'Angelo McDonald Reed Cooper Bailey".split()
    ),
    "es": tuple(
        "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz Reyes"
        " Morales Cruz Ortiz Núñez Peña Ibáñez Vargas Mendoza".split()
    ),
    "ar": ("Haddad", "Khalil", "Nasser", "Mansour", "العلي", "Saleh", "Abu-Rahma", "حداد"),
    "zh": ("Wang", "Li", "张", "Chen", "刘", "Yang", "Huang", "𠮷田"),
    "vi": ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ"),
    "so": ("Yusuf", "Ali", "Hassan", "Warsame", "Farah", "Jama"),
    "gu": ("Patel", "Shah", "Desai", "Mehta", "Joshi"),
    "ru": ("Ivanov", "Петрова", "Sokolov", "Kuznetsov"),
    "hmn": ("Vang", "Xiong", "Yang", "Thao", "Lor"),
    "ht": ("Jean-Baptiste", "Pierre", "Joseph", "Desrosiers"),
}
ODD: Final = (
    "N’Diaye",
    "O'Shaughnessy-D'Arcy",
    "عبد الرحمن",
    "李小龍",
    "𝒥ane",
    "María José",
    "Bjørk",
    "Zoë",
    "Nguyễn Thị",
    "🙂",
)
SCHOOL_NAMES: Final = tuple(
    "Maple Lincoln Washington Cedar Franklin Oakwood Hillcrest Jefferson Willow Lakeview Madison Sunrise Prairie Pioneer"
    " Riverbend Summit Chestnut Meadow Harbor Liberty".split()
)
AREA_CODES: Final = (
    "312 773 630 708 847 815 217 309 618 224 331 872 414 262 608 920 715 317 219 260 574 765 812 616 517 734 248 313 586"
    " 810 989 231 906 612 651 763 952 507 218 320 515 319 563 641 712 314 636 816 573 417 660".split()
)


def given(language: str) -> tuple[str, ...]:
    return GIVEN.get(language, GIVEN["en"])


def family(language: str) -> tuple[str, ...]:
    return FAMILY.get(language, FAMILY["en"])


def phone(number: int) -> str:
    """A number in the 555 exchange, which reaches nobody; distinct for the first half million."""
    return f"+1{AREA_CODES[(number // 10_000) % len(AREA_CODES)]}555{number % 10_000:04d}"
