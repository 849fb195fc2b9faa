"""A definition as a YAML file that people read and change: texts a line a language, choices short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

_ORDER = (
    "survey", "kind", "languages", "identified", "modes", "send_on", "deadline", "grace_days", "title", "intro", "pages",
    "calculations", "quotas", "carry", "questions",
)  # fmt: skip
_QUESTION = (
    "id", "type", "group", "per_child", "visible_if", "required_if", "declinable", "tag", "protected", "prefill", "text", "sms",
    "voice", "why", "min", "max", "step", "most", "length", "unit_label", "constraint", "constraint_text", "detail",
    "detail_label", "rows", "options", "effects",
)  # fmt: skip
_SHORT = ("label", "short", "synonyms")  # of an option: one line


class _Flow(dict[str, Any]):
    """Written on one line."""


class _Line(list[Any]):
    """Written on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)  # lists stand under their key, as in the shipped files


_Dumper.add_representer(
    _Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)
)
_Dumper.add_representer(
    _Line, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def written(content: Mapping[str, Any], *, comment: str = "") -> str:
    """The file's text; `comment` stands at its top, one `#` a line."""
    ordered = _sorted(content, _ORDER)
    for key in ("languages", "modes"):
        if key in ordered:
            ordered[key] = _Line(ordered[key])
    ordered["questions"] = [_question(question) for question in content.get("questions", ())]
    body = yaml.dump(ordered, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return "".join(f"# {line}\n" for line in comment.splitlines()) + body


def _question(question: Mapping[str, Any]) -> dict[str, Any]:
    ordered = _sorted(question, _QUESTION)
    for key in ("options", "rows"):
        if key in ordered:
            ordered[key] = [{k: _Flow(v) if k in _SHORT else v for k, v in entry.items()} for entry in ordered[key]]
    return ordered


def _sorted(mapping: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    known = {key: mapping[key] for key in order if key in mapping}
    return {**known, **{key: value for key, value in mapping.items() if key not in known}}
