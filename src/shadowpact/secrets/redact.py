"""Taking secrets out of what people and contracts get to see; unlike sealing, for good."""

import re
from typing import Any

import msgspec

from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Headers, Request, Response
from shadowpact.secrets.credentials import REDACTED, Credentials

_REDACTED = REDACTED.encode()

_NUMBER_WITH = rb"(?<![^\s:,\[])-?\d*%s[\d.eE+-]*(?![^\s,\]}])"
"""A JSON number that holds the digits of a secret."""


def redact_request(
    request: Request, credentials: Credentials, secrets: tuple[bytes, ...]
) -> Request:
    """The request with credential headers and every occurrence of ``secrets`` replaced."""
    return msgspec.structs.replace(
        request,
        target=_text(request.target, secrets),
        headers=_headers(request.headers, credentials, secrets),
        body=_body(request.body, secrets),
    )


def redact_response(
    response: Response, credentials: Credentials, secrets: tuple[bytes, ...]
) -> Response:
    """The response with credential headers and every occurrence of ``secrets`` replaced."""
    return msgspec.structs.replace(
        response,
        headers=_headers(response.headers, credentials, secrets),
        body=_body(response.body, secrets),
    )


def redact_difference(difference: Difference, secrets: tuple[bytes, ...]) -> Difference:
    """The difference with the secrets taken out of values, paths and message."""
    if not secrets:
        return difference
    return msgspec.structs.replace(
        difference,
        path=_text(difference.path, secrets),
        general_path=_text(difference.general_path, secrets),
        baseline=_value(difference.baseline, secrets),
        candidate=_value(difference.candidate, secrets),
        message=_text(difference.message, secrets),
    )


def _headers(headers: Headers, credentials: Credentials, secrets: tuple[bytes, ...]) -> Headers:
    return tuple(
        (name, _REDACTED if credentials.holds(name) else _replace(value, secrets))
        for name, value in headers
    )


def _replace(text: bytes, secrets: tuple[bytes, ...]) -> bytes:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, _REDACTED)
    return text


def _text(text: str, secrets: tuple[bytes, ...]) -> str:
    before = text.encode("utf-8", "surrogatepass")
    after = _replace(before, secrets)
    # a secret that is no text by itself may have been cut out of the middle of a character
    return text if after == before else after.decode("utf-8", "replace")


def _body(body: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """Numbers become 0, so that a JSON document stays one; everything else ``[redacted]``."""
    for secret in secrets:
        if secret.isdigit() and secret in body:
            body = re.sub(_NUMBER_WITH % secret, b"0", body)
    return _replace(body, secrets)


def _value(value: Any, secrets: tuple[bytes, ...]) -> Any:
    if isinstance(value, str):
        return _text(value, secrets)
    if isinstance(value, list):
        return [_value(item, secrets) for item in value]
    if isinstance(value, dict):
        return {_value(name, secrets): _value(item, secrets) for name, item in value.items()}
    if isinstance(value, int | float) and any(secret in str(value).encode() for secret in secrets):
        return REDACTED
    return value
