"""Reads ICU MessageFormat 1 (ICU User Guide, "Formatting Messages"; apostrophes as ICU does by default: DOUBLE_OPTIONAL).

Stricter than ICU where ICU hides a mistake: an unknown type or plural word, a form given twice, a form that is missing.
"""

from __future__ import annotations

import re
from decimal import Decimal

from shared.language.icu_nodes import Argument, Formatted, Hash, MessageError, Node, Nodes, Plural, Select, Text

LONGEST = 20_000
DEEPEST = 12
PLURAL_WORDS = ("zero", "one", "two", "few", "many", "other")
_SPACE = re.compile(r"[\t-\r \x85\u200e\u200f\u2028\u2029]*")
_NAME = re.compile(r"\w+")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_PLAIN = re.compile(r"[^'{}#]+")


def parse(text: str) -> Nodes:
    """The nodes of a message (MessageError says at which character it cannot be read)."""
    if len(text) > LONGEST:
        raise MessageError("MESSAGE_LONG", f"a message of {len(text)} characters", f"keep it under {LONGEST}", "")
    reader = _Reader(text)
    return reader.message(depth=0, in_plural=False)


class _Reader:
    """One pass over one text; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def message(self, *, depth: int, in_plural: bool) -> Nodes:
        """Nodes up to the `}` that closes them, or the end of the text at depth 0."""
        if depth > DEEPEST:
            raise self.wrong("forms inside forms inside forms", f"nest at most {DEEPEST} deep")
        nodes: list[Node] = []
        words: list[str] = []

        def close_words() -> None:
            if words:
                nodes.append(Text("".join(words)))
                words.clear()

        while self.at < len(self.text):
            if plain := _PLAIN.match(self.text, self.at):
                words.append(plain[0])
                self.at = plain.end()
                continue
            character = self.text[self.at]
            if character == "'":
                words.append(self.quoted(in_plural=in_plural))
            elif character == "{":
                close_words()
                nodes.append(self.argument(depth=depth, in_plural=in_plural))
            elif character == "}" and depth:
                break
            elif character == "#" and in_plural:
                close_words()
                nodes.append(Hash())
                self.at += 1
            else:
                words.append(character)
                self.at += 1
        else:
            if depth:
                raise self.wrong("the message ends inside a form", "close every { with a }")
        close_words()
        return tuple(nodes)

    def quoted(self, *, in_plural: bool) -> str:
        """What stands at an apostrophe: itself, or text between two of them that is taken as it is."""
        after = self.text[self.at + 1 : self.at + 2]
        if after == "'":
            self.at += 2
            return "'"
        self.at += 1
        if after not in ("{", "}") and not (after == "#" and in_plural):
            return "'"
        found: list[str] = []
        while self.at < len(self.text):
            if self.text.startswith("''", self.at):
                found.append("'")
                self.at += 2
            elif self.text[self.at] == "'":
                self.at += 1
                break
            else:
                found.append(self.text[self.at])
                self.at += 1
        return "".join(found)

    def argument(self, *, depth: int, in_plural: bool) -> Node:
        self.at += 1
        name = self.expect(_NAME, "a name after {", "write {name}; a brace of its own is written '{'")
        if self.passes("}"):
            return Argument(name)
        if not self.passes(","):
            raise self.wrong("neither } nor , after a name", "write {name} or {name, plural, …}")
        kind = self.expect(_NAME, "a type after the name", "plural, selectordinal, select, number, date or time")
        if kind in ("number", "date", "time"):
            if self.passes("}"):
                return Formatted(name, kind, "")
            self.demand(",")
            return Formatted(name, kind, self.style())
        if kind not in ("plural", "selectordinal", "select"):
            raise self.wrong("an unknown type", "plural, selectordinal, select, number, date or time")
        self.demand(",")
        if kind == "select":
            words = self.forms(depth=depth, exact=False, in_plural=in_plural)[1]
            return Select(name, words)
        offset = Decimal(0)
        self.skip()
        if self.text.startswith("offset:", self.at):
            self.at += len("offset:")
            offset = Decimal(self.expect(_NUMBER, "a number after offset:", "write offset:1"))
        exact, forms = self.forms(depth=depth, exact=True, in_plural=True)
        return Plural(name, kind == "selectordinal", offset, exact, forms)

    def forms(
        self, *, depth: int, exact: bool, in_plural: bool
    ) -> tuple[tuple[tuple[Decimal, Nodes], ...], tuple[tuple[str, Nodes], ...]]:
        """`=0 {…} one {…} other {…} }`, the closing brace included."""
        numbers: dict[Decimal, Nodes] = {}
        words: dict[str, Nodes] = {}
        while not self.passes("}"):
            if exact and self.passes("="):
                number = Decimal(self.expect(_NUMBER, "a number after =", "write =0"))
                twice = number in numbers
                numbers[number] = self.form(depth=depth, in_plural=in_plural)
            else:
                word = self.expect(_NAME, "the word of a form", "write one {…} other {…}")
                if exact and word not in PLURAL_WORDS:
                    raise self.wrong("an unknown plural word", f"use {', '.join(PLURAL_WORDS)} or =number")
                twice = word in words
                words[word] = self.form(depth=depth, in_plural=in_plural)
            if twice:
                raise self.wrong("the same form twice", "keep one of them")
        if "other" not in words:
            raise self.wrong("no form `other`", "add other {…}; it serves every value without a form of its own")
        return tuple(numbers.items()), tuple(words.items())

    def form(self, *, depth: int, in_plural: bool) -> Nodes:
        self.demand("{")
        nodes = self.message(depth=depth + 1, in_plural=in_plural)
        self.at += 1
        return nodes

    def style(self) -> str:
        """Up to the brace that closes the argument; braces and quotes inside count."""
        begun, open_braces = self.at, 0
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "'":
                end = self.text.find("'", self.at + 1)
                if end < 0:
                    break
                self.at = end
            elif character == "{":
                open_braces += 1
            elif character == "}":
                if not open_braces:
                    self.at += 1
                    return self.text[begun : self.at - 1].strip()
                open_braces -= 1
            self.at += 1
        raise self.wrong("the message ends inside a style", "close every { with a } and every ' with a '")

    def skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at

    def passes(self, mark: str) -> bool:
        """Whether `mark` comes next; then it is behind us."""
        self.skip()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def demand(self, mark: str) -> None:
        if not self.passes(mark):
            raise self.wrong(f"no {mark} where one belongs", "write {name, plural, one {…} other {…}}")

    def expect(self, pattern: re.Pattern[str], what: str, remedy: str) -> str:
        self.skip()
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self.wrong(f"there is not {what}", remedy)
        self.at = found.end()
        self.skip()
        return found[0]

    def wrong(self, what: str, remedy: str) -> MessageError:
        return MessageError("MESSAGE_SYNTAX", what, remedy, f"character {self.at + 1}")
