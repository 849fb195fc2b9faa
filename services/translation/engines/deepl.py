"""DeepL (API v2) by its own library; formality and glossaries by id. A key of the free plan has another host."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter

from services.translation.engines.codes import known, ours
from services.translation.engines.port import Capabilities, FailureKind, GlossaryMode, SizeUnit, TagMode
from services.translation.engines.remote import Languages, Refused, Remote, Translated

# DeepL takes 50 texts and 128 KiB a request; the room below that is for the JSON around the texts
SPEC = Capabilities(
    "deepl",
    max_items=50,
    max_size=100_000,
    unit=SizeUnit.BYTES,
    max_request=100_000,
    glossary=GlossaryMode.NATIVE,
    formality=True,
    tags=TagMode.XML,
    detects=True,
    price_per_million=Decimal(25),
    residency="EU",
    leaves_district=True,
)


class DeepL(Remote):
    """`key`, and if wanted `url`, `formality` (more, less, prefer_more, prefer_less), `glossaries` ({"en-es": id})."""

    def __init__(
        self,
        *,
        key: str,
        url: str | None = None,
        formality: str | None = None,
        glossaries: Mapping[str, str] | None = None,
        spec: Capabilities = SPEC,
    ) -> None:
        super().__init__(replace(spec, name="deepl"))
        self._key, self._url, self._formality = key, url, formality
        self._glossaries = {pair.lower(): found for pair, found in (glossaries or {}).items()}
        self._client: Any = None
        self._retry_after: float | None = None

    def languages(self) -> Languages:
        client = self._connected()
        return Languages(
            known("deepl", (each.code for each in client.get_source_languages())),
            known("deepl", (each.code for each in client.get_target_languages())),
        )

    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        glossary = self._glossaries.get(f"{source}-{target}".lower()) if source else None
        answers = self._connected().translate_text(
            list(texts),
            source_lang=source,
            target_lang=target,
            preserve_formatting=True,
            formality=self._formality,
            glossary=glossary,
        )
        return [
            Translated(
                each.text,
                detected=None if source else ours("deepl", each.detected_source_lang),
                billed=each.billed_characters,
                model=getattr(each, "model_type_used", None) or "",
            )
            for each in answers
        ]

    def reason(self, error: Exception) -> Refused:
        import deepl

        if isinstance(error, deepl.QuotaExceededException):
            return Refused(FailureKind.QUOTA)
        if isinstance(error, deepl.AuthorizationException):
            return Refused(FailureKind.AUTH)
        if isinstance(error, deepl.TooManyRequestsException):
            return Refused(FailureKind.RATE, self._retry_after)
        if isinstance(error, deepl.GlossaryNotFoundException):
            return Refused(FailureKind.AUTH)  # somebody has to set the right glossary
        if isinstance(error, deepl.ConnectionException):
            slow = "timed out" in str(error)
            return Refused(FailureKind.TIMEOUT if slow else FailureKind.UNAVAILABLE)
        if isinstance(error, deepl.DeepLException):
            status = error.http_status_code or 0
            if status == 413:
                return Refused(FailureKind.TOO_LARGE)
            if status == 400 and "lang" in str(error).lower():
                return Refused(FailureKind.UNSUPPORTED_PAIR)
            return Refused(FailureKind.UNAVAILABLE if status >= 500 else FailureKind.CORRUPT)
        return Refused(FailureKind.CORRUPT)  # an answer that the library cannot read

    def _connected(self) -> Any:
        if self._client is None:
            import deepl

            # one try: whoever asks has a deadline and another engine (the library would try for minutes)
            deepl.http_client.max_network_retries = 0
            client = deepl.DeepLClient(self._key, server_url=self._url, send_platform_info=False)
            session = getattr(getattr(client, "_client", None), "_session", None)
            if session is not None:
                session.mount(f"{urlsplit(client.server_url).scheme}://", _Noting(self._note))
            self._client = client
        return self._client

    def _note(self, after: str) -> None:
        self._retry_after = float(after) if after.isdecimal() else None

    def _installed(self) -> bool:
        return importlib.util.find_spec("deepl") is not None


class _Noting(HTTPAdapter):
    """Reads Retry-After, which the library keeps to itself."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        self._note = note

    def build_response(self, req: Any, resp: Any) -> Any:
        self._note(str(resp.headers.get("Retry-After", "")))
        return super().build_response(req, resp)
