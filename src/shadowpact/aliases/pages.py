"""HTML pages: the links, and the values that forms send, in which ids stand."""

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape

import msgspec

from shadowpact.aliases.align import Found, urls
from shadowpact.aliases.classes import is_strong, text_of
from shadowpact.aliases.names import HARD, NO, entity, name_of
from shadowpact.aliases.places import ABSENT, Resolver, edit_url
from shadowpact.model.alias import TOKEN, Scalar

MAX_PAGE_BYTES = 1024 * 1024
"""A larger page is not searched for ids."""

_HIDDEN = re.compile(r"<(?:input|meta)\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_LINK = re.compile(r"<(?:a|form|area)\b([^<>]*+)>([^<]*+)", re.IGNORECASE)
_FIELD = re.compile(r"<(select|option|input|button)\b([^<>]*+)>([^<]*+)", re.IGNORECASE)
_URL = re.compile(
    r"""(\b(?:href|src|action)\s*=\s*["']|>\s*+(?=(?:/|https?://)[^\s<>]++\s*+<))([^"'<>]*)""",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"""(?:(?<![&\w/="'#])#|\b([A-Za-z]++):? ?[“"'#]?)(?<![\w=/.,-])(\d++)(?![\w.,%-])"""
)
_NUMBERS = re.compile(r"\d++").findall
_MARKS = re.compile(
    r"""\b(?:(?:href|action)\s*=\s*["'][^"'<>]*|value\s*=\s*["']?[^"'<>\s]{1,36}(?=["'>\s]))""",
    re.IGNORECASE,
).findall
_PART = re.compile(r"[^/?&=#]++")
_DIGIT = re.compile(r"\d").search
_CHOSEN = frozenset({"hidden", "checkbox", "radio", "submit"})
"""Inputs whose values the page gives."""


class Field(msgspec.Struct, frozen=True):
    """A value that a form of the page sends.

    Attributes:
        name: Of the field.
        value: As it stands there.
        said: The text behind it.
        span: Where it stands in the page.
    """

    name: str
    value: str
    said: str
    span: tuple[int, int]


class Spot(msgspec.Struct, frozen=True):
    """Where an id may stand.

    Attributes:
        value: What stands there.
        span: Where that is in the page.
        kinds: What it may name.
        is_text: It is read by people, so what it names is a guess.
    """

    value: str
    span: tuple[int, int]
    kinds: tuple[str, ...]
    is_text: bool = False


def tokens(ours: str, theirs: str) -> Iterator[Found]:
    """Tokens in hidden inputs and in ``meta``, by their names."""
    left, right = _inputs(ours), _inputs(theirs)
    for name, value in left.items():
        other = right.get(name)
        if value and other and value != other and name_of(name).is_token:
            yield Found(
                kinds=(TOKEN,), level=HARD, recorded=value, side=other, path=name, is_token=True
            )


def _inputs(page: str) -> dict[str, str]:
    found = {}
    for tag in _HIDDEN.findall(page):
        given = _attributes(tag)
        name = given.get("name", "")
        value = given.get("value") or given.get("content") or ""
        if name and value:
            found[name] = value
    return found


def _attributes(tag: str) -> dict[str, str]:
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(tag)}


def marks(page: str, tokens: Iterable[Scalar]) -> tuple[str, ...]:
    """What of a page may hold ids, as it stands there, but for its tokens."""
    own = tuple(text_of(one) for one in tokens)
    return tuple(mark for mark in _MARKS(page) if not mark.endswith(own))


def ids(ours: str, theirs: str, around: str, same: Callable[[str], None]) -> list[Found]:
    """The ids in links and fields that stand for each other: those that say the same.

    Of several that say the same, the first stands for the first, unless another place knows
    better.

    Args:
        ours: The recorded page.
        theirs: The side's.
        around: The kind of what the page is about.
        same: Told of links that both have.
    """
    pairs: list[Found] = []
    for said, recorded, side in _groups(_links(ours), _links(theirs)):
        is_sure = _is_sure(said, recorded, side)
        for one, other in zip(recorded, side, strict=True):
            if one == other:
                same(one)
                continue
            for pair in urls(one, other, "href"):
                pair.is_root = False  # the page is about something else
                if is_sure and pair.is_own:
                    pair.objects = ({"text": said[1]}, {"text": said[1]})
                pairs.append(pair)
    for said, recorded, side in _groups(_choices(ours), _choices(theirs)):
        is_sure = _is_sure(said, recorded, side)
        for one, other in zip(recorded, side, strict=True):
            if one != other:
                objects = ({"text": said[1]}, {"text": said[1]}) if is_sure else None
                pairs.append(
                    Found(
                        kinds=_kinds(said[0], around), level=HARD, recorded=one, side=other,
                        path=said[0], is_own=True, objects=objects,
                    )
                )  # fmt: skip
    found: dict[tuple[str, str], Found] = {}
    for pair in sorted(pairs, key=lambda pair: pair.objects is None):
        found.setdefault((pair.kinds[0], text_of(pair.recorded)), pair)
    return list(found.values())


type _Said = tuple[str, str]
"""What a link looks like or how a field is called, and the text behind it."""
type _Grouped = dict[_Said, list[str]]


def _is_sure(said: _Said, recorded: list[str], side: list[str]) -> bool:
    """Whether there is one thing only on each page that says so."""
    return bool(said[1]) and len(set(recorded)) == len(set(side)) == 1


def _groups(ours: _Grouped, theirs: _Grouped) -> Iterator[tuple[_Said, list[str], list[str]]]:
    """What says the same on both pages, as often on one as on the other."""
    for key, recorded in ours.items():
        side = theirs.get(key, [])
        if len(recorded) == len(side):
            yield key, recorded, side


def _links(page: str) -> _Grouped:
    """URLs with a number, by what they look like and what they say."""
    grouped: _Grouped = {}
    for link in _LINK.finditer(page):
        given = _attributes(link[1])
        url = unescape(given.get("href") or given.get("action") or "")
        shape = _PART.sub(lambda part: "#" if _DIGIT(part[0]) else part[0], url)
        if shape != url:
            grouped.setdefault((shape, link[2].strip()), []).append(url)
    return grouped


def _choices(page: str) -> _Grouped:
    """Values by name and what they say."""
    grouped: _Grouped = {}
    for field in fields(page):
        grouped.setdefault((field.name, field.said), []).append(field.value)
    return grouped


def fields(page: str) -> Iterator[Field]:
    """The values in a page's forms that may be ids."""
    select = ""
    for tag in _FIELD.finditer(page):
        element, given = tag[1].lower(), _attributes(tag[2])
        if element == "select":
            select = given.get("name", "")
            continue
        name = select if element == "option" else given.get("name", "")
        value = given.get("value", "")
        if not name or not value or not _may_be_sent(element, name, value, given):
            continue
        at = _place_of_value(page, tag.start(2), tag.end(2))
        if at is not None:
            yield Field(name, value, tag[3].strip(), at)


def _may_be_sent(element: str, name: str, value: str, given: dict[str, str]) -> bool:
    info = name_of(name)
    if info.is_token or info.kinds[:1] == ("",) or not (value.isdecimal() or is_strong(value)):
        return False
    if element != "input":
        return True
    kind = given.get("type", "text").lower()
    return kind in _CHOSEN and (kind != "hidden" or info.level == HARD)


def _place_of_value(page: str, start: int, end: int) -> tuple[int, int] | None:
    for attribute in _ATTRIBUTE.finditer(page, start, end):
        if attribute[1].lower() == "value":
            return next(attribute.span(i) for i in (2, 3, 4) if attribute[i])
    return None


def _kinds(name: str, around: str) -> tuple[str, ...]:
    return name_of(name).kinds or (around,)


def edit_page(page: str, twin: str, around: str, resolver: Resolver) -> str:
    """The URLs, the fields and the ``#12`` of a page, each offered to a resolver.

    Args:
        page: The page.
        twin: The other side's, to whose places its own are aligned.
        around: The kind of what the page is about.
        resolver: Decides.
    """
    where = ("text", "")
    page = _URL.sub(lambda m: m[1] + edit_url(m[2], resolver, where), page)
    known = resolver.known  # of strong values every one is found, wherever it stands
    if len(page) > MAX_PAGE_BYTES or not any(one in known for one in set(_NUMBERS(page))):
        return page
    page = _edited(page, _sent(page, around), _sent(twin, around), resolver)
    return _edited(page, _numbers(page), _numbers(twin), resolver)


def _sent(page: str, around: str) -> Iterator[Spot]:
    for one in fields(page):
        yield Spot(one.value, one.span, _kinds(one.name, around))


def _numbers(page: str) -> Iterator[Spot]:
    """``#12`` and ``Order 12``; not what counts something, as ``Orders: 12`` does."""
    for found in _NUMBER.finditer(page):
        kind = entity(found[1] or "id")
        if kind == (found[1] or "id").lower():
            yield Spot(found[2], found.span(2), (kind,), is_text=True)


def _edited(page: str, spots: Iterable[Spot], twins: Iterable[Spot], resolver: Resolver) -> str:
    """The page with its spots resolved; of as many of a kind, the first is the first's twin."""
    ours, theirs = _by_kinds(spots), _by_kinds(twins)
    edits: list[tuple[tuple[int, int], str]] = []
    for kinds, found in ours.items():
        others = theirs.get(kinds, [])
        for i, spot in enumerate(found):
            twin = others[i].value if len(others) == len(found) else ABSENT
            level = NO if spot.is_text and kinds != ("id",) else HARD
            new = resolver.value(kinds, level, spot.value, ("text", ""), twin)
            if new is not None and not (spot.is_text and text_of(new) != twin):
                edits.append((spot.span, text_of(new)))
    parts: list[str] = []
    at = 0
    for (start, end), text in sorted(edits):
        parts += [page[at:start], text]
        at = end
    return "".join([*parts, page[at:]])


def _by_kinds(spots: Iterable[Spot]) -> dict[tuple[str, ...], list[Spot]]:
    found: dict[tuple[str, ...], list[Spot]] = {}
    for spot in spots:
        found.setdefault(spot.kinds, []).append(spot)
    return found
