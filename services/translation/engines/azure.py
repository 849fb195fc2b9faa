"""Azure AI Translator by its own library (2.0; wire format of 2026-06-06)."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.translation.engines.codes import known, ours
from services.translation.engines.port import Capabilities, FailureKind, GlossaryMode, SizeUnit, TagMode
from services.translation.engines.remote import LONGEST_WAIT, Languages, Refused, Remote, Translated

SPEC = Capabilities(
    "azure",
    max_items=1000,
    max_size=50_000,
    unit=SizeUnit.CHARACTERS_X_TARGETS,
    max_request=50_000,
    glossary=GlossaryMode.MASK,
    tags=TagMode.HTML,
    detects=True,
    price_per_million=Decimal(10),
    residency="Azure, the region of the resource",
    leaves_district=True,
)
_NO_SUCH_LANGUAGE = {400018, 400019, 400023, 400035, 400036}
_TOO_LARGE = {400050, 400072, 400077, 413000}
_FREE_QUOTA = 403001


class Azure(Remote):
    """`key` and `region` of the resource, and if wanted `url` of its own endpoint."""

    def __init__(
        self, *, key: str, region: str | None = None, url: str | None = None, spec: Capabilities = SPEC
    ) -> None:
        super().__init__(replace(spec, name="azure"))
        self._key, self._region, self._url = key, region, url
        self._client: Any = None

    def languages(self) -> Languages:
        found = self._connected().get_supported_languages(scope="translation").translation or {}
        tags = known("azure", found)
        return Languages(tags, tags)

    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        answers = self._connected().translate(
            list(texts), to_language=[target], from_language=source, client_trace_id=key or None
        )
        return [self._read(each, source) for each in answers]

    def reason(self, error: Exception) -> Refused:
        from azure.core import exceptions

        if isinstance(error, exceptions.ServiceRequestTimeoutError | exceptions.ServiceResponseTimeoutError):
            return Refused(FailureKind.TIMEOUT)
        if isinstance(error, exceptions.ServiceRequestError | exceptions.ServiceResponseError):
            return Refused(FailureKind.UNAVAILABLE)
        if not isinstance(error, exceptions.HttpResponseError) or isinstance(error, exceptions.DecodeError):
            return Refused(FailureKind.CORRUPT)
        status, code = error.status_code or 0, _code(error)
        if status == 429:
            return Refused(FailureKind.RATE, _retry_after(error))
        if code == _FREE_QUOTA:
            return Refused(FailureKind.QUOTA)
        if status in (401, 403):
            return Refused(FailureKind.AUTH)
        if status == 413 or code in _TOO_LARGE:
            return Refused(FailureKind.TOO_LARGE)
        if code in _NO_SUCH_LANGUAGE:
            return Refused(FailureKind.UNSUPPORTED_PAIR)
        if status in (408, 504):
            return Refused(FailureKind.TIMEOUT)
        return Refused(FailureKind.UNAVAILABLE if status >= 500 else FailureKind.CORRUPT)

    def _read(self, item: Any, source: str | None) -> Translated:
        (made,) = item.translations
        detected = item.detected_language
        return Translated(
            made.text,
            detected=ours("azure", detected.language) if detected and not source else None,
            billed=made.source_characters,
            score=float(detected.score) if detected else None,
        )

    def _connected(self) -> Any:
        if self._client is None:
            from azure.ai.translation.text import TextTranslationClient
            from azure.core.credentials import AzureKeyCredential

            where = {"endpoint": self._url} if self._url else {}
            self._client = TextTranslationClient(
                credential=AzureKeyCredential(self._key),
                region=self._region,
                retry_total=0,
                connection_timeout=LONGEST_WAIT,
                read_timeout=LONGEST_WAIT,
                logging_enable=False,
                **where,
            )
        return self._client

    def _installed(self) -> bool:
        try:
            return importlib.util.find_spec("azure.ai.translation.text") is not None
        except ModuleNotFoundError:
            return False


def _code(error: Any) -> int:
    """Azure's own number of the error, like 400036; 0 where there is none."""
    value = str(getattr(getattr(error, "error", None), "code", "") or "")
    return int(value) if value.isdecimal() else 0


def _retry_after(error: Any) -> float | None:
    value = str((getattr(error.response, "headers", None) or {}).get("Retry-After", ""))
    return float(value) if value.isdecimal() else None
