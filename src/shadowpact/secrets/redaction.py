"""Makes exchanges fit to be committed: secrets and personal data replaced by keyed pseudonyms."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

import msgspec

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Cut, Exchange, Failure, Headers, Request, Response, media_type
from shadowpact.secrets.bodies import (
    UnreadableBodyError,
    encode,
    is_text,
    redact_body,
    redact_pairs,
)
from shadowpact.secrets.credentials import REDACTED, Credentials
from shadowpact.secrets.pseudonyms import Pseudonyms
from shadowpact.secrets.seal import BODY_PREFIX, TEXT_PREFIX
from shadowpact.secrets.settings import RedactSettings
from shadowpact.secrets.texts import TextRedactor

SEALED = "sealed with another key"
UNREADABLE = "body that cannot be looked into"
REMOVED = "redacted"
"""Why a body is cut that could not be kept."""

_LEFT_ALONE = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"date",
        b"expires",
        b"host",
        b"last-modified",
        b"transfer-encoding",
    }
)
"""Headers that say nothing about anybody."""

_HARMLESS_PARAMETERS = frozenset(
    {"realm", "uri", "algorithm", "qop", "nc", "opaque", "headers", "signedheaders", "keyid"}
)
_PARAMETER = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))""")
_MIN_COOKIE_CHARACTERS = 6
"""Shorter cookies (``lang=en``) are settings, and change what is answered."""
_LONGEST_END = 256
_CUT_END = re.compile(r"[\w.@+%=/\\&;:-]*\Z")


class Redaction:
    """Redacts exchanges, in two passes over a recording.

    The first pass (:meth:`learn`) takes note of values that are secret or personal because of
    where they stand; the second (:meth:`redact`) replaces them wherever they stand.

    Args:
        key: Makes the pseudonyms; see :class:`~shadowpact.secrets.pseudonyms.Pseudonyms`.
        settings: What is personal.
        credentials: What is secret.
    """

    def __init__(self, key: bytes, settings: RedactSettings, credentials: Credentials) -> None:
        self._texts = TextRedactor(Pseudonyms(key), credentials.members, settings)
        self._settings = settings
        self._credentials = credentials
        self._headers = frozenset(name.lower().encode() for name in settings.headers)
        self.removed: Counter[str] = Counter()
        self.left_alone: Counter[str] = Counter()

    def learn(self, exchange: Exchange) -> None:
        """The first pass."""
        self.redact(exchange)
        self._texts.replaced.clear()
        self.removed.clear()
        self.left_alone.clear()

    @property
    def replaced(self) -> Mapping[str, Mapping[str, int]]:
        """How much was replaced: by class, then by place (``request body $.user.email``)."""
        found: dict[str, dict[str, int]] = {}
        for (kind, place), count in sorted(self._texts.replaced.items()):
            found.setdefault(kind, {})[place] = count
        return found

    def redact(self, exchange: Exchange) -> Exchange | None:
        """The exchange as it may be committed; ``None`` when its target cannot be told.

        Args:
            exchange: With everything opened that can be.
        """
        if exchange.request.target.startswith(TEXT_PREFIX.decode()):
            self.removed[f"exchange {SEALED}"] += 1
            return None
        return msgspec.structs.replace(
            exchange,
            client=self._at("client", lambda: self._texts.text(exchange.client)),
            request=self._request(exchange.request),
            response=exchange.response and self._response(exchange.response),
            failure=exchange.failure and self._failure(exchange.failure),
        )

    def _request(self, request: Request) -> Request:
        body, cut = self._body(request, "request body")
        return msgspec.structs.replace(
            request,
            target=self._target(request.target),
            headers=self._all_headers(request.headers, "request", request.body, body),
            body=body,
            cut=cut,
        )

    def _response(self, response: Response) -> Response:
        body, cut = self._body(response, "response body")
        return msgspec.structs.replace(
            response,
            headers=self._all_headers(response.headers, "response", response.body, body),
            body=body,
            cut=cut,
        )

    def _failure(self, failure: Failure) -> Failure:
        message = self._at("failure", lambda: self._texts.text(failure.message))
        return msgspec.structs.replace(failure, message=message)

    def _at[Value](self, place: str, work: Callable[[], Value]) -> Value:
        self._texts.place = place
        return work()

    def _target(self, target: str) -> str:
        path, mark, query = target.partition("?")
        self._texts.place = "path"
        done = "/".join(self._segment(segment) for segment in path.split("/"))
        self._texts.place = "query"
        return done + mark + (redact_pairs(query, self._texts) if mark else "")

    def _segment(self, segment: str) -> str:
        name, equals, value = segment.rpartition("=")  # ;jsessionid=1
        plain_name, plain = unquote(name), unquote(value)
        done_name = self._texts.text(plain_name)
        done = self._texts.named(plain_name.rpartition(";")[2], plain) if equals else None
        done = self._texts.text(plain) if done is None else done
        if done == plain and done_name == plain_name:
            return segment
        safe = "@:!$&'()*+,;="
        return quote(done_name, safe=safe) + equals + quote(done, safe=safe)

    def _all_headers(self, headers: Headers, side: str, before: bytes, after: bytes) -> Headers:
        done = []
        for name, value in headers:
            lower = name.lower()
            self._texts.place = f"{side} header {lower.decode('latin-1')}"
            if lower == b"content-length" and before != after and value.strip().isdigit():
                done.append((name, str(len(after)).encode()))
            else:
                done.append((name, self._header(lower, value)))
        return tuple(done)

    def _header(self, name: bytes, value: bytes) -> bytes:
        if value.startswith(TEXT_PREFIX):
            self.removed[f"value {SEALED}"] += 1
            return self._texts.pseudonyms.secret(value.decode("latin-1")).encode()
        charset = "utf-8" if _is_utf8(value) else "latin-1"
        text = value.decode(charset)
        if self._credentials.holds(name):
            done = self._credential(name, text)
        elif name in self._headers:
            done = self._texts.chosen(text, name.decode("latin-1"))
        elif name in _LEFT_ALONE:
            return value
        else:
            done = self._texts.text(text, name=name.decode("latin-1"))
        return done.encode(charset, "replace")

    def _credential(self, name: bytes, value: str) -> str:
        if value == REDACTED:
            return value
        if name == b"cookie":
            return ";".join(self._cookie(part) for part in value.split(";"))
        if name == b"set-cookie":
            cookie, semicolon, attributes = value.partition(";")
            return self._cookie(cookie) + semicolon + attributes
        scheme, space, rest = value.strip().partition(" ")
        if not space or not rest:
            return self._texts.secret(value)
        if scheme.lower() == "basic":
            return f"{scheme} {self._basic(rest.strip())}"
        if _PARAMETER.match(rest):
            return f"{scheme} {_PARAMETER.sub(self._parameter, rest)}"
        return f"{scheme} {self._texts.secret(rest.strip())}"

    def _cookie(self, cookie: str) -> str:
        name, equals, value = cookie.partition("=")
        bare = value.strip().strip('"')
        plain = unquote(bare)
        if not equals or len(plain) < _MIN_COOKIE_CHARACTERS:
            return cookie
        return f"{name}={value.replace(bare, self._texts.secret(plain))}"

    def _basic(self, token: str) -> str:
        try:
            pair = base64.b64decode(token, validate=True).decode()
        except (binascii.Error, ValueError):
            return self._texts.secret(token)
        user, colon, password = pair.partition(":")
        done = self._texts.text(user)
        if done == user and user:
            done = self._texts.pseudonyms.user(user)
            self._texts.count("secret")
        return base64.b64encode(f"{done}{colon}{self._texts.secret(password)}".encode()).decode()

    def _parameter(self, match: re.Match[str]) -> str:
        name, value = match[1], match[2] if match[2] is not None else match[3]
        if name.lower() in _HARMLESS_PARAMETERS or not value:
            return match[0]
        is_user = name.lower() in {"username", "user"}
        done = self._texts.pseudonyms.user(value) if is_user else self._texts.secret(value)
        if is_user:
            self._texts.count("secret")
        return match[0].replace(value, done)

    def _body(self, message: Request | Response, place: str) -> tuple[bytes, Cut | None]:
        body, cut = message.body, message.cut
        if not body:
            return body, cut
        if body.startswith(BODY_PREFIX):
            return self._removed(f"body {SEALED}", body)
        applied = codings(message.headers)
        if cut is not None and applied:
            return self._removed(UNREADABLE, body)
        try:
            plain = decode(body, applied)
            if cut is not None:
                plain = _without_torn_end(plain)
            done = self._at(
                place,
                lambda: redact_body(plain, message.headers, self._texts, self._settings.paths),
            )
            if not is_text(plain, message.headers):
                self.left_alone[media_type(message.headers) or "unknown"] += 1
            if cut is not None:
                return done, cut
            return (body if done == plain else encode(done, applied)), None
        except (UndecodableError, UnreadableBodyError):
            return self._removed(UNREADABLE, body)

    def _removed(self, why: str, body: bytes) -> tuple[bytes, Cut]:
        self.removed[why] += 1
        return b"", Cut(reason=REMOVED, length_bytes=len(body), sha256=bytes(32))


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_torn_end(body: bytes) -> bytes:
    """A body that was cut may end in the middle of something; that word goes."""
    end = body[-_LONGEST_END:].decode("latin-1")
    found = _CUT_END.search(end)
    return body[: len(body) - len(found[0])] if found else body
