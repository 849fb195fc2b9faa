"""What a handler is given: who asks, where, what for, and the way to a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import falcon

from shared.identity import LinkClaims, Session, consume
from shared.messaging.uow import UnitOfWork
from shared.web import idempotency, problems
from shared.web.api import Api, Route
from shared.web.body import Form
from shared.web.i18n import Translator
from shared.web.runtime import Site


class Decided(Protocol):
    """The part of `shared.policy.Decision` that the web layer reads."""

    @property
    def allowed(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def rule(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an access rule let in. A public caller has neither district nor person."""

    district: str | None = None
    person_id: str | None = None
    role: str = "public"
    schools: tuple[str, ...] = ()
    language: str | None = None
    session: Session | None = None
    link: LinkClaims | None = None
    consumes: str | None = None


@dataclass(frozen=True, slots=True)
class Viewing:
    """An access to a person's record, for the audit log."""

    action: str
    subject: str
    outcome: str
    record_type: str
    rule: str | None


class Request:
    """One HTTP request, as handlers see it."""

    def __init__(self, raw: falcon.Request, route: Route, params: Mapping[str, Any], *, site: Site) -> None:
        self.raw = raw
        self.route = route
        self.params = dict(params)
        self.site = site
        self.now: datetime = site.clock.now()
        self.caller = Caller()
        self.data: dict[str, Any] = {}
        self.query: dict[str, Any] = dict(raw.params)
        self.raw_body = b""
        self.form: Form | None = None
        self.once: idempotency.Once | None = None
        self.translator: Translator = Translator.fallback()
        self._stack = ExitStack()
        self._uow: UnitOfWork | None = None
        self._viewings: list[Viewing] = []
        self._consumed = False

    @property
    def api(self) -> Api:
        return self.site.api

    @property
    def ports(self) -> Any:
        """What the service's handlers are given beside the unit of work."""
        return self.site.ports

    @property
    def session(self) -> Session | None:
        return self.caller.session

    @property
    def link(self) -> LinkClaims | None:
        return self.caller.link

    @property
    def district(self) -> str:
        """From the session, the link or the provider's check, never from the body; raises Problem 401 if public."""
        if self.caller.district is None:
            raise problems.unauthenticated()
        return self.caller.district

    @property
    def person_id(self) -> str:
        """The staff or guardian id of the caller; raises Problem 401 where nobody is known."""
        if self.caller.person_id is None:
            raise problems.unauthenticated()
        return self.caller.person_id

    @property
    def schools(self) -> tuple[str, ...]:
        return self.caller.schools

    @property
    def role(self) -> str:
        return self.caller.role

    @property
    def locale(self) -> str:
        """A language the shell speaks, for the page."""
        return self.translator.locale

    @property
    def is_form(self) -> bool:
        return self.form is not None

    @property
    def wants_html(self) -> bool:
        return self.is_form or self.route.page or "text/html" in (self.raw.get_header("Accept") or "")

    @property
    def host(self) -> str:
        return self.raw.get_header("Host") or ""

    @property
    def url(self) -> str:
        """The full URL as the caller wrote it: providers sign it."""
        return str(self.raw.uri)

    def header(self, name: str) -> str | None:
        value: str | None = self.raw.get_header(name)
        return value

    def t(self, key: str, **values: Any) -> str:
        """A text of the shell's or the service's catalogue in the reader's language."""
        return self.translator.text(key, **values)

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """A transaction of this service in the caller's district; commits when the block ends well.

        In an idempotent route, and for a link that works once, the commit waits for the handler's answer, so that
        effect, used link and remembered answer are one; a second block then joins the first.
        """
        if self._uow is not None:
            yield self._uow
            return
        opened = self.site.runtime.unit_of_work(self.api.service, self.district)
        if self.once is None and self.caller.consumes is None:
            with opened as uow:
                self._uow = uow
                try:
                    yield uow
                finally:
                    self._uow = None
            return
        self._uow = self._stack.enter_context(opened)
        self._first_words(self._uow)
        yield self._uow

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """This service's rows in the caller's district, for a page that only looks: nothing can be written or said."""
        return self.site.runtime.reading(self.api.service, self.district)

    def audit(
        self, action: str, subject: str, outcome: str, *, record_type: str = "student", rule: str | None = None
    ) -> None:
        """Put in the audit log that the caller looked at a record, or was refused ("allowed" or "denied").

        Written after the handler, in a transaction of its own, before the answer leaves: a refusal rolls its handler
        back and must be kept; and a page that could not be logged is not shown.
        """
        self._viewings.append(Viewing(action, subject, outcome, record_type, rule))

    def require(self, decision: Decided, *, action: str, subject: str, record_type: str = "student") -> None:
        """Log `decision` and go on if it allows; raises Problem 403 with its reason otherwise."""
        outcome = "allowed" if decision.allowed else "denied"
        self.audit(action, subject, outcome, record_type=record_type, rule=decision.rule)
        if not decision.allowed:
            raise problems.forbidden(decision.reason, rule=decision.rule)

    def consume_link(self) -> None:
        """Use a once-only link up, in the handler's transaction (the app calls this where the handler opened none)."""
        if self.caller.consumes is not None and not self._consumed:
            with self.unit_of_work():
                pass

    def finish(self, answer: idempotency.Answer | None) -> None:
        """Commit what waits; `answer` is remembered for repeats."""
        if self._uow is not None and self.once is not None and answer is not None:
            idempotency.remember(self._uow.connection, self.once, answer)
        self._uow = None
        self._stack.close()

    def abandon(self, error: BaseException) -> None:
        """Roll back what waits."""
        self._uow = None
        self._stack.__exit__(type(error), error, error.__traceback__)

    def write_audit(self) -> None:
        """Emit the viewings as `district.record_viewed`, once."""
        viewings, self._viewings = self._viewings, []
        if not viewings or self.caller.district is None:
            return
        with self.site.runtime.unit_of_work(self.api.service, self.caller.district) as uow:
            for viewing in viewings:
                uow.emit(
                    "district.record_viewed",
                    {
                        "viewer_id": self.person_id,
                        "role": self.role,
                        "record_type": viewing.record_type,
                        "subject_id": viewing.subject,
                        "action": viewing.action,
                        "outcome": viewing.outcome,
                        "rule": viewing.rule,
                    },
                    subject=viewing.subject,
                )

    def _first_words(self, uow: UnitOfWork) -> None:
        """Before the handler's own: has this been done already?"""
        if self.once is not None:
            idempotency.claim(uow.connection, self.once, self.now)
        if self.caller.consumes is not None:
            self._consumed = True
            if not consume(uow.connection, self.caller.consumes, self.now):
                raise problems.link_refused()
