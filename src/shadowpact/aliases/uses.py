"""The ids and tokens in a message, noted and left as they are."""

from collections.abc import Container
from typing import Any

from shadowpact.aliases.classes import is_strong, is_word, text_of
from shadowpact.aliases.documents import kind_of_body, plain_body
from shadowpact.aliases.messages import edit_body, edit_headers, edit_json
from shadowpact.aliases.names import HARD, resource
from shadowpact.aliases.places import Where, edit_target, edit_url
from shadowpact.aliases.state import Way
from shadowpact.aliases.table import ANY
from shadowpact.model.alias import Scalar
from shadowpact.model.exchange import Headers, Request, Response, header

CREATES = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose answers may speak of things that did not exist before."""


class UsesNoted:
    """Notes what stands where an id may stand, and strong values anywhere.

    Args:
        is_strict: Note only what surely is an id; else whatever has a kind and is no word.
    """

    def __init__(self, *, is_strict: bool) -> None:
        self._is_strict = is_strict
        self.known: Container[Scalar] = _EVERYTHING
        self.used: set[Way] = set()

    def value(
        self, kinds: tuple[str, ...], level: int, value: Scalar, where: Where, twin: Any
    ) -> Scalar | None:
        """See :class:`.places.Resolver`."""
        del twin
        text = text_of(value)
        if level == HARD or where[0] == "path" or not (self._is_strict or is_word(text)):
            self.used.update((kind, text) for kind in kinds if kind)
        if is_strong(text):
            self.used.add((ANY, text))
        return None


class _Everything:
    def __contains__(self, value: object) -> bool:
        return True


_EVERYTHING = _Everything()


def uses_of(request: Request, route: str) -> set[Way]:
    """``(kind, text)`` of all that a request uses; strong values under ``ANY``."""
    noted = UsesNoted(is_strict=False)
    edit_target(request.target, route, noted)
    edit_headers(request, noted)
    edit_body(request, route, noted)
    return noted.used


def given_by(response: Response, route: str) -> set[Way]:
    """Likewise of the ids that an answer surely speaks of."""
    noted = UsesNoted(is_strict=True)
    for name in (b"location", b"content-location"):
        location = header(response.headers, name)
        if location:
            edit_url(location, noted, ("path", ""))
    if kind_of_body(response.headers) == "json":
        body = plain_body(response)
        if body:
            edit_json(body, resource(route), noted)
    return noted.used


def cookies_set(headers: Headers) -> dict[str, str]:
    """Names and values of the cookies that are set; the last of a name counts."""
    cookies = {}
    for name, raw in headers:
        if len(name) == 10 and name.lower() == b"set-cookie":
            pair = raw.decode("utf-8", "replace").partition(";")[0]
            cookie, _, value = pair.partition("=")
            cookies[cookie.strip()] = value.strip().strip('"')
    return cookies


def cookies_sent(request: Request) -> dict[str, str]:
    """Names and values of the cookies that a request carries."""
    cookies = {}
    for part in (header(request.headers, b"cookie") or "").split(";"):
        name, _, value = part.partition("=")
        cookies[name.strip()] = value.strip().strip('"')
    return cookies
