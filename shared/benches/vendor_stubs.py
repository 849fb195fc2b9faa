"""The wire formats of DeepL, Google v3, Azure and Amazon on a loopback port, for their own libraries to talk to.

A stub translates word for word (`tiny_model.WORDS`), keeps to its vendor's limits, languages and keys, and fails when
told to, in the vendor's own shape: the library then raises its own exceptions. Nothing here leaves this machine.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from shared.benches import tiny_model

KEY = "the-right-key"  # what the stubs take for a good key
LANGUAGES = ("en", "es", "fr")


class Trouble(StrEnum):
    """What can be asked of a stub for its next answers."""

    QUOTA = "quota"
    RATE = "rate"
    AUTH = "auth"
    UNSUPPORTED_PAIR = "unsupported_pair"
    TOO_LARGE = "too_large"
    LOW_CONFIDENCE_DETECT = "low_confidence_detect"
    TIMEOUT = "timeout"  # never answers, until the stub is closed or told to go on
    UNAVAILABLE = "unavailable"
    CRASH = "crash"  # 500
    DROP = "drop"  # hangs up in the middle
    GARBAGE = "garbage"  # 200 with something else
    FEWER = "fewer"  # one text is missing
    EMPTY = "empty"  # a translation without a letter


@dataclass(frozen=True)
class Answer:
    """What goes over the wire."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    texts: list[str]
    source: str | None
    target: str
    body: Any


class Stub:
    """A vendor on this machine. `troubles` are used up one per translation request; `asked` is what came."""

    def __init__(self, vendor: Callable[[Stub, str, str, dict[str, str], bytes], Answer]) -> None:
        self.troubles: deque[Trouble] = deque()
        self.asked: list[Asked] = []
        self.texts: list[str] = []
        self.retry_after = 7
        self.go_on = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536  # head and body in one packet

            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers = {key.lower(): value for key, value in self.headers.items()}
                answer = vendor(stub, self.command, self.path, headers, body)
                if answer.status == 0:  # hang up
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(answer.status)
                for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = handle_one

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that has gone is what some of these cases are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def trouble(self) -> Trouble | None:
        """The next one, if any; waits here where it is to hang."""
        found = self.troubles.popleft() if self.troubles else None
        if found is Trouble.TIMEOUT:
            self.go_on.wait(30)
        return found

    def took(self, asked: Asked) -> None:
        self.asked.append(asked)
        self.texts += asked.texts

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()


def said(status: int, body: Any, **headers: str) -> Answer:
    return Answer(status, json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()})


HANG_UP = Answer(0, b"")
GARBAGE = Answer(200, b"<html>not what you asked for", {"Content-Type": "text/html"})


def made(texts: list[str], trouble: Trouble | None) -> list[str]:
    """The translations, spoilt as told."""
    if trouble is Trouble.EMPTY:
        return ["" for _ in texts]
    found = [tiny_model.expected(text) for text in texts]
    return found[:-1] if trouble is Trouble.FEWER else found


def deepl(stub: Stub, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """API v2."""
    if headers.get("authorization") != f"DeepL-Auth-Key {KEY}":
        return said(403, {"message": "Forbidden"})
    if urlsplit(path).path.endswith("/languages"):
        codes = ("EN-US", "EN-GB", "ES", "FR") if "target" in path else ("EN", "ES", "FR")
        if method == "POST" and b"target" in body:
            codes = ("EN-US", "EN-GB", "ES", "FR")
        return said(200, [{"language": code, "name": code, "supports_formality": True} for code in codes])
    data = json.loads(body)
    texts = data["text"]
    stub.took(Asked(path, headers, texts, data.get("source_lang"), data["target_lang"], data))
    trouble = stub.trouble()
    if len(body) > 128 * 1024 or trouble is Trouble.TOO_LARGE:
        return said(413, {"message": "Request Entity Too Large"})
    if len(texts) > 50:
        return said(400, {"message": "Too many texts"})
    known = {"EN-US", "EN-GB", "ES", "FR"}
    if data["target_lang"] not in known or trouble is Trouble.UNSUPPORTED_PAIR:
        return said(400, {"message": "Value for 'target_lang' not supported."})
    refusals = {
        Trouble.QUOTA: said(456, {"message": "Quota for this billing period has been exceeded."}),
        Trouble.RATE: said(429, {"message": "Too many requests"}, Retry_After=str(stub.retry_after)),
        Trouble.AUTH: said(403, {"message": "Wrong endpoint"}),
        Trouble.UNAVAILABLE: said(503, {"message": "Resource temporarily unavailable"}),
        Trouble.CRASH: said(500, {"message": "Internal error"}),
        Trouble.DROP: HANG_UP,
        Trouble.GARBAGE: GARBAGE,
    }
    if trouble in refusals:
        return refusals[trouble]
    answers = [
        {"detected_source_language": data.get("source_lang") or "EN", "text": each, "billed_characters": len(text)}
        for text, each in zip(texts, made(texts, trouble), strict=False)
    ]
    return said(200, {"translations": answers})


def google(stub: Stub, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """Cloud Translation v3, REST."""

    def refused(code: int, status: str, message: str, **more: str) -> Answer:
        return said(code, {"error": {"code": code, "message": message, "status": status}}, **more)

    if "supportedLanguages" in path:
        return said(
            200,
            {"languages": [{"languageCode": code, "supportSource": True, "supportTarget": True} for code in LANGUAGES]},
        )
    if "/projects/right/" not in path:
        return refused(403, "PERMISSION_DENIED", "Cloud Translation API has not been used in project before.")
    data = json.loads(body)
    texts = data["contents"]
    stub.took(Asked(path, headers, texts, data.get("sourceLanguageCode"), data["targetLanguageCode"], data))
    trouble = stub.trouble()
    if len(texts) > 1024 or sum(map(len, texts)) > 30_720 or trouble is Trouble.TOO_LARGE:
        return refused(400, "INVALID_ARGUMENT", "Text is too long.")
    if data["targetLanguageCode"] not in LANGUAGES or trouble is Trouble.UNSUPPORTED_PAIR:
        return refused(400, "INVALID_ARGUMENT", "Target language is invalid.")
    refusals = {
        Trouble.QUOTA: refused(403, "PERMISSION_DENIED", "Daily Limit Exceeded"),
        Trouble.RATE: refused(
            429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'v3 requests' per minute per user.",
            Retry_After=str(stub.retry_after),
        ),
        Trouble.AUTH: refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        Trouble.UNAVAILABLE: refused(503, "UNAVAILABLE", "The service is currently unavailable."),
        Trouble.CRASH: refused(500, "INTERNAL", "Internal error encountered."),
        Trouble.DROP: HANG_UP,
        Trouble.GARBAGE: GARBAGE,
    }  # fmt: skip
    if trouble in refusals:
        return refusals[trouble]
    model = "projects/right/locations/global/models/general/nmt"
    answers = [
        {"translatedText": each, "model": model}
        | ({} if data.get("sourceLanguageCode") else {"detectedLanguageCode": "en"})
        for each in made(texts, trouble)
    ]
    return said(200, {"translations": answers})


def azure(stub: Stub, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """Translator, 2026-06-06."""

    def refused(code: int, message: str, **more: str) -> Answer:
        return said(code // 1000, {"error": {"code": code, "message": message}}, **more)

    if urlsplit(path).path.endswith("/languages"):
        names = {code: {"name": code, "nativeName": code, "dir": "ltr", "models": []} for code in LANGUAGES}
        return said(200, {"translation": names})
    if headers.get("ocp-apim-subscription-key") != KEY:
        return refused(401000, "The request is not authorized because credentials are missing or invalid.")
    inputs = json.loads(body)["inputs"]
    texts = [each["text"] for each in inputs]
    target, source = inputs[0]["targets"][0]["language"], inputs[0].get("language")
    stub.took(Asked(path, headers, texts, source, target, inputs))
    trouble = stub.trouble()
    size = sum(len(each["text"]) * len(each["targets"]) for each in inputs)
    if len(inputs) > 1000 or size > 50_000 or trouble is Trouble.TOO_LARGE:
        return refused(400077, "The maximum request size has been exceeded.")
    if target not in LANGUAGES or trouble is Trouble.UNSUPPORTED_PAIR:
        return refused(400036, "The target language is not valid.")
    refusals = {
        Trouble.QUOTA: refused(403001, "The operation isn't allowed because the subscription exceeded its free quota."),
        Trouble.RATE: refused(429001, "Too many requests.", Retry_After=str(stub.retry_after)),
        Trouble.AUTH: refused(403000, "The operation isn't allowed."),
        Trouble.UNAVAILABLE: refused(503000, "Service is temporarily unavailable."),
        Trouble.CRASH: refused(500000, "An unexpected error occurred."),
        Trouble.DROP: HANG_UP,
        Trouble.GARBAGE: GARBAGE,
    }
    if trouble in refusals:
        return refusals[trouble]
    answers = [
        {"translations": [{"language": target, "text": each, "sourceCharacters": len(text)}]}
        | ({} if source else {"detectedLanguage": {"language": "en", "score": 0.98}})
        for text, each in zip(texts, made(texts, trouble), strict=False)
    ]
    return said(200, {"value": answers})


def amazon(stub: Stub, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """Amazon Translate, AWS JSON 1.1: one path, the operation in a header."""

    def refused(status: int, kind: str, **more: str) -> Answer:
        return said(status, {"__type": kind, "Message": kind}, **more)

    if f"Credential={KEY}/" not in headers.get("authorization", ""):
        return refused(400, "UnrecognizedClientException")
    if headers.get("x-amz-target", "").endswith(".ListLanguages"):
        names = [{"LanguageCode": code, "LanguageName": code} for code in ("auto", *LANGUAGES)]
        return said(200, {"Languages": names, "DisplayLanguageCode": "en"})
    data = json.loads(body)
    text, source, target = data["Text"], data["SourceLanguageCode"], data["TargetLanguageCode"]
    stub.took(Asked(path, headers, [text], None if source == "auto" else source, target, data))
    trouble = stub.trouble()
    if len(text.encode()) > 10_000 or trouble is Trouble.TOO_LARGE:
        return refused(400, "TextSizeLimitExceededException")
    if target not in LANGUAGES or trouble is Trouble.UNSUPPORTED_PAIR:
        return refused(400, "UnsupportedLanguagePairException")
    refusals = {
        Trouble.QUOTA: refused(400, "LimitExceededException"),
        Trouble.RATE: refused(400, "TooManyRequestsException", Retry_After=str(stub.retry_after)),
        Trouble.AUTH: refused(400, "AccessDeniedException"),
        Trouble.LOW_CONFIDENCE_DETECT: refused(400, "DetectedLanguageLowConfidenceException"),
        Trouble.UNAVAILABLE: refused(500, "ServiceUnavailableException"),
        Trouble.CRASH: refused(500, "InternalServerException"),
        Trouble.DROP: HANG_UP,
        Trouble.GARBAGE: GARBAGE,
        Trouble.FEWER: said(200, {"SourceLanguageCode": "en", "TargetLanguageCode": target}),
    }
    if trouble in refusals:
        return refusals[trouble]
    (found,) = made([text], trouble)
    detected = "en" if source == "auto" else source
    return said(200, {"TranslatedText": found, "SourceLanguageCode": detected, "TargetLanguageCode": target})


def libretranslate(stub: Stub, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """For what the real server does not do when asked: limits of its operator, outages, broken answers."""
    if path == "/frontend/settings":
        return said(200, {"charLimit": -1})
    if path == "/languages":
        return said(200, [{"code": code, "name": code, "targets": list(LANGUAGES)} for code in LANGUAGES])
    data = json.loads(body)
    if data.get("api_key") != KEY:
        return said(403, {"error": "Invalid API key"})
    texts = data["q"]
    stub.took(Asked(path, headers, texts, None if data["source"] == "auto" else data["source"], data["target"], data))
    trouble = stub.trouble()
    refusals = {
        Trouble.QUOTA: said(403, {"error": "Too many request limits violations"}),
        Trouble.RATE: said(429, {"error": "Slowdown: 10 per 1 minute"}, Retry_After=str(stub.retry_after)),
        Trouble.AUTH: said(403, {"error": "Please contact the server operator to get an API key"}),
        Trouble.UNSUPPORTED_PAIR: said(400, {"error": "xx is not supported"}),
        Trouble.TOO_LARGE: said(400, {"error": "Invalid request: request (999) exceeds text limit (300)"}),
        Trouble.UNAVAILABLE: said(503, {"error": "down"}),
        Trouble.CRASH: said(500, {"error": "Cannot translate text: boom"}),
        Trouble.DROP: HANG_UP,
        Trouble.GARBAGE: GARBAGE,
    }
    if trouble in refusals:
        return refusals[trouble]
    more = (
        {} if data["source"] != "auto" else {"detectedLanguage": [{"confidence": 90.0, "language": "en"}] * len(texts)}
    )
    return said(200, {"translatedText": made(texts, trouble)} | more)
