"""A relay between Pact's verifier and the provider, for what the verifier's client cannot do.

It knows which interaction a request is of (see ``contracts.scratch``), so that what is sent for it
can be made ready: its state, its credentials. It undoes content codings that Pact's client does not
know (br, zstd), so that a body is compared and not its compression; and it knows why there was no
answer (refused, timed out, broken off), which the verifier reports with one text for all.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from shadowpact.contracts.client import HOP_HEADERS
from shadowpact.contracts.loopback import Loopback
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Request, Response

NUMBER_HEADER: Final = "x-shadowpact-interaction"
"""By which the relay tells whose request it is; it goes no further."""

_BODY_LIMIT_BYTES: Final = 256 * 1024 * 1024
_KNOWN_TO_PACT: Final = frozenset({"gzip", "x-gzip", "deflate"})

type PassOn = Callable[[int | None, Request], Response | None]
"""Gets an interaction's number and its request, gives the answer; ``None`` where there is none."""


class Relay(Loopback):
    """Passes requests on."""

    def __init__(self, pass_on: PassOn) -> None:
        """Take what requests are passed on to; it listens from now on."""
        super().__init__(self._answer)
        self._pass_on = pass_on

    def _answer(self, request: Request) -> Response | None:
        number, ours = None, f"127.0.0.1:{self.port}".encode()
        headers: list[tuple[bytes, bytes]] = []
        for name, value in request.headers:
            lower = name.lower()
            if lower == NUMBER_HEADER.encode():
                number = int(value)
            elif lower not in HOP_HEADERS and (lower, value) != (b"host", ours):
                headers.append((name, value))
        asked = msgspec.structs.replace(request, headers=tuple(headers))
        answer = self._pass_on(number, asked)
        return None if answer is None else decoded(answer)


def decoded(answer: Response) -> Response:
    """An answer without a coding that Pact does not know; as it is where that cannot be undone."""
    if set(codings(answer.headers)) <= _KNOWN_TO_PACT or not answer.body:
        return answer
    try:
        plain = decode(answer.body, codings(answer.headers), limit_bytes=_BODY_LIMIT_BYTES)
    except UndecodableError:
        return answer
    kept = tuple((k, v) for k, v in answer.headers if k.lower() != b"content-encoding")
    return Response(status=answer.status, headers=kept, body=plain)
