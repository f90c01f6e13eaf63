"""The places in a message where ids and tokens stand, each offered to a resolver by its kinds."""

import re
from collections.abc import Container
from typing import Any, Protocol
from urllib.parse import quote, unquote, unquote_plus

from shadowpact.aliases.classes import is_strong, is_word, text_of
from shadowpact.aliases.names import HARD, NO, name_of, resource, segment_kinds
from shadowpact.model.alias import Scalar

ABSENT: Any = object()
"""Nothing stands in the other document at this place."""

ROOT = ("root",)
"""The kinds of a number that a path begins with: ``/12/edit``."""

type Where = tuple[str, str | int]
"""A container's place and the name or position in it; written out only when it is asked for."""


class Resolver(Protocol):
    """Decides what becomes of a value."""

    known: Container[Scalar]
    """Values that are worth asking for whatever they are called."""

    def value(
        self, kinds: tuple[str, ...], level: int, value: Scalar, where: Where, twin: Any
    ) -> Scalar | None:
        """What is to stand there instead; ``None`` to leave it.

        Args:
            kinds: What may stand there, the most particular first.
            level: How surely an id stands there (see :mod:`.names`).
            value: What stands there.
            where: The place.
            twin: What stands there in the other document, or ``ABSENT``.
        """


_EXTENDED = re.compile(r"([^.:;()]+)([.:;(].*)").fullmatch
_FORM = re.compile(r"[\w.\[\]-]+=[^\s=][^\s]*").fullmatch
_SHORT = re.compile(r"[A-Za-z]+\d{1,2}").fullmatch
_TOKENS = re.compile(r"[\w~-]{6,}(?:\.[\w~-]+)*")
_SPACE = re.compile(r"\s")
_DIGIT = re.compile(r"[0-9]").search
"""A strong value without a digit is too rare to look for it in prose."""
_PARTS = re.compile(r"[^/?&=#;,.:]+").findall
_NO_SEGMENTS: tuple[str, ...] = ()


def edit_target(target: str, route: str, resolver: Resolver) -> str:
    """A request's target: path parameters and the values of the query."""
    path, question, query = target.partition("?")
    segments = route.partition(" ")[2].split("/")
    path = edit_path(path, segments, resolver, ("path", ""))
    if query:
        query = edit_form(query, resource(route), resolver, "query")
    return path + question + query


def edit_path(
    path: str, template: list[str] | tuple[str, ...], resolver: Resolver, where: Where
) -> str:
    """The segments of a path, each by the literal to its left.

    Args:
        path: Raw, ``/orders/12``.
        template: The route's segments; of another length when it does not tell them apart.
        resolver: Decides.
        where: The place of the path.
    """
    segments = path.split("/")
    fits = len(template) == len(segments)
    before = ""
    for i, raw in enumerate(segments):
        if not raw:
            continue
        text = unquote(raw) if "%" in raw else raw
        declared = template[i] if fits else ""
        kinds = segment_kinds(before, declared)
        if not kinds and not any(segments[:i]) and text.isdecimal():
            kinds = ROOT
        level = HARD if "{" in declared else NO
        new = _edit_segment(text, kinds, level, resolver, where)
        if new is not None:
            segments[i] = quote(new, safe="!$&'()*+,;=:@~")
        is_literal = new is None and "{" not in declared and (is_word(text) or _SHORT(text))
        before = text if is_literal else ""
    return "/".join(segments)


def _edit_segment(
    text: str, kinds: tuple[str, ...], level: int, resolver: Resolver, where: Where
) -> str | None:
    """A whole segment, or what stands before its extension or in front of its verb."""
    if "," in text and text not in resolver.known:
        return _edit_list(text, kinds, level, resolver, where)
    extended = _EXTENDED(text) if text not in resolver.known else None
    if extended is None:
        new = resolver.value(kinds, level, text, where, ABSENT)
        return None if new is None else text_of(new)
    new = resolver.value(kinds, level, extended[1], where, ABSENT)
    return None if new is None else text_of(new) + extended[2]


def _edit_list(
    text: str, kinds: tuple[str, ...], level: int, resolver: Resolver, where: Where
) -> str | None:
    """Values between commas."""
    parts = text.split(",")
    edited = [resolver.value(kinds, level, part, where, ABSENT) if part else None for part in parts]
    if all(new is None for new in edited):
        return None
    return ",".join(
        part if new is None else text_of(new) for part, new in zip(parts, edited, strict=True)
    )


def edit_form(text: str, around: str, resolver: Resolver, place: str) -> str:
    """``a=1&b=2``: the values of a query or of a form, by their names."""
    parts = text.split("&")
    is_changed = False
    for i, part in enumerate(parts):
        key, equals, raw = part.partition("=")
        if not raw:
            continue
        value = unquote_plus(raw) if "%" in raw or "+" in raw else raw
        name = unquote_plus(key) if "%" in key or "+" in key else key
        new = edit_named(name, value, around, resolver, (place, name))
        if new is not None:
            parts[i] = f"{key}{equals}{quote(new, safe='~,:@/' if '/' in raw else '~,:@')}"
            is_changed = True
    return "&".join(parts) if is_changed else text


def edit_named(name: str, value: str, around: str, resolver: Resolver, where: Where) -> str | None:
    """The text value of something that has a name; lists and URLs are taken apart."""
    info = name_of(name)
    kinds = info.kinds or (around,)
    if "," in value and value not in resolver.known:
        return _edit_list(value, kinds, info.level, resolver, where)
    new = resolver.value(kinds, info.level, value, where, ABSENT)
    if new is not None:
        return text_of(new)
    if "/" not in value and _FORM(value):  # a query within a query
        edited = edit_form(value, around, resolver, where[0])
        return None if edited == value else edited
    return edit_text(value, resolver, where)


def edit_text(text: str, resolver: Resolver, where: Where) -> str | None:
    """A text that holds more than one token: a URL by its segments, else strong tokens alone."""
    if "/" in text and not _SPACE.search(text):
        if "%" not in text and not any(part in resolver.known for part in _PARTS(text)):
            return None
        edited = edit_url(text, resolver, where)
    else:
        edited = edit_tokens(text, resolver, where)
    return None if edited == text else edited


def edit_url(url: str, resolver: Resolver, where: Where) -> str:
    """A URL or a reference: the segments of its path and the values of its query."""
    rest, mark, fragment = url.partition("#")
    rest, question, query = rest.partition("?")
    scheme, separator, behind = rest.partition("://")
    if separator:
        authority, slash, path = behind.partition("/")
        start = scheme + separator + authority + slash
    else:
        start, path = "", rest
    path = edit_path(path, _NO_SEGMENTS, resolver, where)
    if query:
        last = path.rstrip("/").rpartition("/")[2]
        query = edit_form(query, resource(f" /{last}"), resolver, where[0])
    if "/" in fragment:
        fragment = edit_path(fragment, _NO_SEGMENTS, resolver, where)
    return start + path + question + query + mark + fragment


def edit_tokens(text: str, resolver: Resolver, where: Where) -> str:
    """Strong values in any text, as whole tokens; never a part of one."""
    known = resolver.known
    if not _DIGIT(text):
        return text

    def replaced(found: re.Match[str]) -> str:
        token = found[0]
        if token in known and is_strong(token):
            new = resolver.value((), NO, token, where, ABSENT)
            return token if new is None else text_of(new)
        if "." not in token:
            return token
        parts = token.split(".")
        return ".".join(_strong_part(part, resolver, where) for part in parts)

    return _TOKENS.sub(replaced, text)


def _strong_part(token: str, resolver: Resolver, where: Where) -> str:
    if token not in resolver.known or not is_strong(token):
        return token
    new = resolver.value((), NO, token, where, ABSENT)
    return token if new is None else text_of(new)
