"""A login of the recording, sent to the candidate first: its token or its cookies serve all."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from shadowpact.credentials.headers import with_field
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import LoginCredentials
from shadowpact.credentials.shared import Fetched
from shadowpact.errors import CredentialError
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Failure, Request, Response, header, header_values
from shadowpact.routes import Template, parse

type Send = Callable[[Request], Awaitable[Response | Failure]]
type Recorded = Callable[[str], Request | None]


class Cookies(msgspec.Struct, frozen=True):
    """Cookies by name; not shown.

    Attributes:
        pairs: Name and value, as the answer set them.
    """

    pairs: tuple[tuple[str, Secret], ...]

    def revealed(self) -> dict[str, str]:
        """Values by name."""
        return {name: value.reveal() for name, value in self.pairs}


def login_request(pattern: str, recorded: Request | None, body: str | None) -> Request:
    """What to send.

    Args:
        pattern: Method and path.
        recorded: The login of the recording, if there is one.
        body: Sent instead of the recorded one; JSON, or a form.

    Raises:
        CredentialError: There is no such request in the recording, and the pattern does not tell
            one, or there is no body for it.
    """
    if recorded is None:
        recorded = _made(pattern, parse(pattern), has_body=body is not None)
    if body is None:
        return recorded
    kept = tuple(f for f in recorded.headers if f[0].lower() != b"content-encoding")
    if header(kept, b"content-type") is None:
        is_json = body.lstrip()[:1] in {"{", "["}
        media = b"application/json" if is_json else b"application/x-www-form-urlencoded"
        kept = with_field(kept, b"content-type", media)
    return msgspec.structs.replace(recorded, headers=kept, body=body.encode())


def _made(pattern: str, template: Template, *, has_body: bool) -> Request:
    is_whole = template.method is not None and re.fullmatch(template.regex, template.path)
    if not (is_whole and has_body) or template.has_wildcard or "{" in template.path:
        raise CredentialError(
            f"no request {pattern!r} in the recording to log in with; use a recording that has "
            "one, or write method and path in full and name its body with body-from-env"
        )
    return Request(
        method=template.method or "POST",
        scheme="http",
        authority="",
        target=template.path,
        http_version="HTTP/1.1",
    )


def token_in(answer: Response, path: str) -> Secret:
    """The token at a JSON path.

    Raises:
        CredentialError: The body is no JSON, or there is no text or number at that place.
    """
    import jsonpath_rfc9535  # noqa: PLC0415 - slow, and only this kind needs it

    try:
        document: Any = msgspec.json.decode(decode(answer.body, codings(answer.headers)))
        found = [node.value for node in jsonpath_rfc9535.find(path, document)]
    except (UndecodableError, msgspec.DecodeError, UnicodeDecodeError):
        raise CredentialError("was answered with something that is not JSON") from None
    except jsonpath_rfc9535.JSONPathError:
        found = []
    if not found or isinstance(found[0], bool) or not isinstance(found[0], str | int):
        raise CredentialError(f"was answered without a token at {path}")
    return Secret(str(found[0]))


def cookies_in(answer: Response) -> Cookies:
    """The cookies that an answer sets.

    Raises:
        CredentialError: It sets none.
    """
    found: dict[str, str] = {}
    for line in header_values(answer.headers, b"set-cookie"):
        name, equals, value = line.partition(";")[0].partition("=")
        if equals and name.strip():
            found[name.strip()] = value.strip()
    given: Mapping[str, str] = {name: value for name, value in found.items() if value}
    if not given:
        raise CredentialError(
            "was answered without a Set-Cookie; if the body has a token, name it with token-path"
        )
    return Cookies(tuple((name, Secret(value)) for name, value in given.items()))


class Login:
    """Logs in when called, and reads what came back."""

    def __init__(
        self,
        settings: LoginCredentials,
        *,
        send: Send,
        recorded: Recorded,
        body: str | None,
    ) -> None:
        """Take the parts.

        Args:
            settings: Which request, and how long its result serves.
            send: Asks the candidate.
            recorded: Finds a request of the recording by its pattern; asked once it is needed.
            body: Instead of the recorded one.
        """
        self._settings = settings
        self._send = send
        self._recorded = recorded
        self._body = body
        self._found: Request | None = None

    async def token(self) -> Fetched[Secret]:
        """A token from the body.

        Raises:
            CredentialError: Logging in failed.
        """
        return await self._log_in(lambda one: token_in(one, self._settings.token_path or "$"))

    async def cookies(self) -> Fetched[Cookies]:
        """The cookies that were set.

        Raises:
            CredentialError: Logging in failed.
        """
        return await self._log_in(cookies_in)

    async def _log_in[Value](self, read: Callable[[Response], Value]) -> Fetched[Value]:
        pattern = self._settings.request
        self._found = self._found or self._recorded(pattern)
        request = login_request(pattern, self._found, self._body)
        answer = await self._send(request)
        if isinstance(answer, Failure):
            raise CredentialError(f"login {pattern!r} got no answer ({answer.kind})")
        if answer.status >= 400:
            advice = "" if self._body else "; is the recorded body right? body-from-env replaces it"
            raise CredentialError(f"login {pattern!r} was answered {answer.status}{advice}")
        try:
            value = read(answer)
        except CredentialError as error:
            raise CredentialError(f"login {pattern!r} {error}") from None
        ttl_s = self._settings.ttl_s or None
        return Fetched(value, ttl_s, ttl_s)
