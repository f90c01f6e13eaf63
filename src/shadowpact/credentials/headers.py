"""Credentials in header fields; no I/O."""

import base64
import re
from collections.abc import Mapping

import msgspec

from shadowpact.credentials.settings import Scheme
from shadowpact.errors import CredentialError
from shadowpact.model.exchange import Headers, Request, header_values
from shadowpact.secrets import REDACTED

REQUEST_CREDENTIALS = frozenset(
    {
        b"authorization",
        b"cookie",
        b"x-api-key",
        b"api-key",
        b"apikey",
        b"x-auth-token",
        b"x-access-token",
    }
)
"""Headers by which a request says who asks."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def carries_credential(request: Request, header: bytes = b"") -> bool:
    """Whether a request says who asks, in the usual headers or in this one (lower case)."""
    for name, _ in request.headers:
        lower = name.lower()
        if lower in REQUEST_CREDENTIALS or lower == header:
            return True
    return False


def field_value(token: str, *, header: str, scheme: Scheme) -> str:
    """What a header says for a token.

    Args:
        token: Or ``user:password`` for ``basic``.
        header: Lower-case name.
        scheme: ``auto`` puts ``Bearer`` before a token without a space in ``authorization``, and
            takes everything else as it is.

    Raises:
        CredentialError: It is empty, or cannot stand in a header; the text does not show it.
    """
    if not token:
        raise CredentialError("the credential is empty")
    if _CONTROL.search(token):
        raise CredentialError("the credential has a line break or another control character in it")
    match scheme:
        case "basic":
            return "Basic " + base64.b64encode(token.encode()).decode("ascii")
        case "bearer":
            return f"Bearer {token}"
        case "auto" if header == "authorization" and " " not in token:
            return f"Bearer {token}"
        case _:
            return token


def with_field(headers: Headers, name: bytes, value: bytes) -> Headers:
    """The fields with one value for a name (lower case): where the first was, else at the end."""
    kept: list[tuple[bytes, bytes]] = []
    is_put = False
    for field in headers:
        if field[0].lower() != name:
            kept.append(field)
        elif not is_put:
            kept.append((name, value))
            is_put = True
    if not is_put:
        kept.append((name, value))
    return tuple(kept)


def with_header(request: Request, name: bytes, value: bytes) -> Request:
    """The request with one value for a header (lower case)."""
    return msgspec.structs.replace(request, headers=with_field(request.headers, name, value))


def with_cookies(request: Request, cookies: Mapping[str, str]) -> Request:
    """The request with these cookies; others that it had stay, in one field before them."""
    had = [
        pair.strip()
        for value in header_values(request.headers, b"cookie")
        for pair in value.split(";")
    ]
    gone = {"", REDACTED}
    kept = [
        pair for pair in had if pair not in gone and pair.partition("=")[0].strip() not in cookies
    ]
    pairs = [*kept, *(f"{name}={value}" for name, value in cookies.items())]
    return with_header(request, b"cookie", "; ".join(pairs).encode())
