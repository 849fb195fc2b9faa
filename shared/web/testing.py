"""For tests of pages: a signed-in client that carries its cookie and CSRF token, as a browser would."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from falcon import App, testing

from shared.identity import Identity, Session
from shared.identity.sessions import COOKIE


class SignedIn:
    """`get`, `post` and friends as one person; forms with `post(path, form={...})`, JSON with `post(path, json=...)`."""

    def __init__(self, app: App[Any, Any], identity: Identity, session: Session | None) -> None:
        self._client = testing.TestClient(app)
        self._headers: dict[str, str] = {"Origin": "http://falconframework.org"}
        self._cookies: dict[str, str] = {}
        if session is not None:
            self._headers["X-CSRF-Token"] = identity.csrf.token(session.sid)
            self._cookies[COOKIE] = identity.sessions.token(session)

    def get(self, path: str, **kwargs: Any) -> testing.Result:
        return self._call("GET", path, **kwargs)

    def post(self, path: str, *, form: dict[str, Any] | None = None, **kwargs: Any) -> testing.Result:
        if form is not None:
            kwargs["body"] = urlencode(form, doseq=True)
            kwargs["headers"] = {"Content-Type": "application/x-www-form-urlencoded", **kwargs.get("headers", {})}
        return self._call("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> testing.Result:
        return self._call("PUT", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> testing.Result:
        return self._call("DELETE", path, **kwargs)

    def _call(self, method: str, path: str, **kwargs: Any) -> testing.Result:
        headers = {**self._headers, **kwargs.pop("headers", {})}
        cookies = {**self._cookies, **kwargs.pop("cookies", {})}
        return self._client.simulate_request(method, path, headers=headers, cookies=cookies, **kwargs)
