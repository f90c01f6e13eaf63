"""The candidate's credentials taken out of its answers: nobody else is to see them.

A service may repeat what it was sent (an echo, an error page, a login that lists its session). What
was put into the request is replaced by what the recorded request had at that place, so that an echo
stays an equal echo, and is a secret the rest of the program knows about; else by ``[redacted]``.
"""

from functools import lru_cache

import msgspec

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Headers, Request, Response
from shadowpact.secrets import REDACTED, Credentials

_REDACTED = REDACTED.encode()
REMEMBERED = 1024

type Swaps = tuple[tuple[bytes, bytes], ...]
"""What stands for each form of a secret, the longest first."""


def without_echo(answer: Response, recorded: Request, sent: Request) -> Response:
    """The answer as if the recorded request's own credentials had been sent.

    Args:
        answer: To ``sent``.
        recorded: The request before credentials were put in.
        sent: The request with them.
    """
    if sent.headers is recorded.headers:
        return answer
    swaps = _swaps(recorded.headers, sent.headers)
    if not swaps:
        return answer
    headers = tuple((name, _swapped(value, swaps)) for name, value in answer.headers)
    body, is_decoded = _body(answer, swaps)
    if is_decoded:
        headers = tuple(field for field in headers if field[0].lower() != b"content-encoding")
    if body is answer.body and headers == answer.headers:
        return answer
    return msgspec.structs.replace(answer, headers=headers, body=body)


@lru_cache(REMEMBERED)
def _swaps(recorded: Headers, sent: Headers) -> Swaps:
    new = [field for field in sent if field not in recorded]
    names = Credentials(name.decode("latin-1") for name, _ in new)
    harmless = set(names.found_in(recorded))
    had = {name.lower(): value for name, value in recorded}
    known: dict[bytes, bytes] = {}
    for name, value in new:
        before = had.get(name)
        if before is not None:
            known |= {value: before, _token(value): _token(before)}
    return tuple(
        (form, known.get(form, _REDACTED))
        for form in names.found_in(tuple(new))
        if form not in harmless
    )


def _token(value: bytes) -> bytes:
    """What follows the scheme."""
    return value.partition(b" ")[2].strip() or value


def _swapped(text: bytes, swaps: Swaps) -> bytes:
    for secret, instead in swaps:
        if secret in text:
            text = text.replace(secret, instead)
    return text


def _body(answer: Response, swaps: Swaps) -> tuple[bytes, bool]:
    """The body, and whether its content encoding is gone: only where a secret was inside."""
    applied = codings(answer.headers)
    if not applied:
        return _swapped(answer.body, swaps), False
    try:
        plain = decode(answer.body, applied)
    except UndecodableError:
        return answer.body, False
    swapped = _swapped(plain, swaps)
    return (answer.body, False) if swapped == plain else (swapped, True)
