"""Taking secrets out of what people and contracts get to see; unlike sealing, for good."""

import re
from bisect import bisect_left
from typing import Any

import msgspec

from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Headers, Request, Response
from shadowpact.secrets.credentials import REDACTED, URL_HEADERS, Credentials

_REDACTED = REDACTED.encode()
_SET_COOKIE = b"set-cookie"

_LAST_NAME = re.compile(r"""(?:\.([\w-]+)|\["((?:[^"\\]|\\.)*)"\])(?:\[[^\]"]*\])*\Z""")
"""The last name of a path: ``$.users[2].password``, ``$["a b"]["pin"][0]``."""

_NUMBER_WITH = rb"(?<![^\s:,\[])-?\d*%s[\d.eE+-]*(?![^\s,\]}])"
"""A JSON number that holds the digits of a secret."""


def redact_request(
    request: Request, credentials: Credentials, secrets: tuple[bytes, ...]
) -> Request:
    """The request with credential headers and every occurrence of ``secrets`` replaced."""
    return msgspec.structs.replace(
        request,
        target=_target(request.target, credentials, secrets),
        headers=_headers(request.headers, credentials, secrets),
        body=_body(request.body, credentials, secrets),
    )


def redact_response(
    response: Response, credentials: Credentials, secrets: tuple[bytes, ...]
) -> Response:
    """The response with credential headers and every occurrence of ``secrets`` replaced."""
    return msgspec.structs.replace(
        response,
        headers=_headers(response.headers, credentials, secrets),
        body=_body(response.body, credentials, secrets),
    )


def redact_difference(
    difference: Difference, secrets: tuple[bytes, ...], credentials: Credentials | None = None
) -> Difference:
    """The difference with the secrets taken out of values, paths and message.

    Args:
        difference: Of the opened pair.
        secrets: Texts to take out wherever they stand, the longest first.
        credentials: Tells by their names which values are secrets, however short.
    """
    is_secret = _is_secret_place(difference, credentials)
    if not secrets and credentials is None:
        return difference
    return msgspec.structs.replace(
        difference,
        path=_text(difference.path, secrets),
        general_path=_text(difference.general_path, secrets),
        baseline=_value(difference.baseline, secrets, credentials, is_secret=is_secret),
        candidate=_value(difference.candidate, secrets, credentials, is_secret=is_secret),
        message=REDACTED
        if is_secret and difference.message
        else _text(difference.message, secrets),
    )


def _is_secret_place(difference: Difference, credentials: Credentials | None) -> bool:
    """Whether what differs is a secret by its name."""
    if credentials is None:
        return False
    if difference.location == "header":
        name = difference.path.encode("utf-8", "replace")
        return name.lower() != _SET_COOKIE and credentials.holds(name)  # names and attributes only
    found = _LAST_NAME.search(difference.path) if difference.location == "body" else None
    return found is not None and credentials.members.is_secret(found[1] or found[2])


def _target(target: str, credentials: Credentials, secrets: tuple[bytes, ...]) -> str:
    path, mark, query = _text(target, secrets).partition("?")
    if ";" in path:  # ;jsessionid=1
        path = "/".join(_named(segment, credentials) for segment in path.split("/"))
    return path + mark + (_named(query, credentials) if mark else "")


def _named(text: str, credentials: Credentials) -> str:
    before = text.encode("utf-8", "surrogatepass")
    after = credentials.members.redacted(before, _REDACTED)
    return text if after == before else after.decode("utf-8", "replace")


def _headers(headers: Headers, credentials: Credentials, secrets: tuple[bytes, ...]) -> Headers:
    return tuple((name, _header(name, value, credentials, secrets)) for name, value in headers)


def _header(
    name: bytes, value: bytes, credentials: Credentials, secrets: tuple[bytes, ...]
) -> bytes:
    if credentials.holds(name):
        return _set_cookie(value, secrets) if name.lower() == _SET_COOKIE else _REDACTED
    value = _replace(value, secrets)
    if name.lower() in URL_HEADERS:
        return credentials.members.redacted(value, _REDACTED)
    return value


def _set_cookie(header: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """What the cookie is called and where it holds; its value is the secret."""
    pair, semicolon, attributes = header.partition(b";")
    name, equals, value = pair.partition(b"=")
    if not equals:
        return _REDACTED
    shown = _REDACTED if value.strip(b' "') else value  # without one it is taken away
    return _replace(name, secrets) + equals + shown + semicolon + _replace(attributes, secrets)


def _replace(text: bytes, secrets: tuple[bytes, ...]) -> bytes:
    # the longest come first: those that are longer than the text are not looked for
    start = bisect_left(secrets, -len(text), key=_shortness)
    for secret in secrets[start:]:
        if secret in text:
            text = text.replace(secret, _REDACTED)
    return text


def _shortness(secret: bytes) -> int:
    return -len(secret)


def _text(text: str, secrets: tuple[bytes, ...]) -> str:
    before = text.encode("utf-8", "surrogatepass")
    after = _replace(before, secrets)
    # a secret that is no text by itself may have been cut out of the middle of a character
    return text if after == before else after.decode("utf-8", "replace")


def _body(body: bytes, credentials: Credentials, secrets: tuple[bytes, ...]) -> bytes:
    """Numbers become 0, so that a JSON document stays one; everything else ``[redacted]``."""
    body = credentials.members.redacted(body, _REDACTED)
    for secret in secrets:
        if secret.isdigit() and secret in body:
            body = re.sub(_NUMBER_WITH % secret, b"0", body)
    return _replace(body, secrets)


def _value(
    value: Any,
    secrets: tuple[bytes, ...],
    credentials: Credentials | None,
    *,
    is_secret: bool = False,
) -> Any:
    if isinstance(value, list):
        return [_value(item, secrets, credentials, is_secret=is_secret) for item in value]
    if isinstance(value, dict):
        return {
            _value(name, secrets, None): _value(
                item,
                secrets,
                credentials,
                is_secret=is_secret
                or (credentials is not None and credentials.members.is_secret(name)),
            )
            for name, item in value.items()
        }
    if is_secret and value not in {None, ""} and not isinstance(value, bool):
        return REDACTED
    if isinstance(value, str):
        return _text(value, secrets)
    if isinstance(value, int | float) and any(secret in str(value).encode() for secret in secrets):
        return REDACTED
    return value
