"""Places named by a person or kept by a store, and which rules lead there; no document needed."""

from typing import Literal

import msgspec

from shadowpact.compare.jsonpath import Selector, Step, parse, parse_path
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError, UsageError
from shadowpact.model.difference import Location

type Reach = Literal["at", "above"]
"""A rule names the place itself, or something around it."""

HEADER = "header:"


class Spot(msgspec.Struct, frozen=True):
    """One place in an answer.

    Attributes:
        location: Which part of the answer.
        name: Of a header, lower case; otherwise empty.
        tokens: Into the body; ``None`` stands for any position of a list.
    """

    location: Location
    name: str = ""
    tokens: tuple[str | int | None, ...] = ()


def parse_spot(text: str) -> Spot:
    """A place as a person writes it: ``$.items[2].price``, ``header:etag`` or ``status``.

    Raises:
        UsageError: It is none of them, or it names several places.
    """
    if text == "status":
        return Spot("status")
    if text.startswith(HEADER):
        return Spot("header", text.removeprefix(HEADER).strip().lower())
    if not text.startswith("$"):
        expected = "a body path such as $.items[2].price, header:NAME or status"
        raise UsageError(f"PATH: got {text!r}, expected {expected}")
    try:
        steps = parse(text, where="PATH").steps
    except ConfigError as error:
        raise UsageError(str(error)) from None
    return Spot("body", "", tuple(_token(step, text) for step in steps or _refused(text)))


def stored_spot(location: str, path: str) -> Spot | None:
    """The place of a stored difference; ``None`` where its path cannot be read."""
    if location == "header":
        return Spot("header", path)
    if location == "status":
        return Spot("status")
    try:
        return parse_spot(path)
    except UsageError:
        return None


def _refused(text: str) -> tuple[Step, ...]:
    if text == "$":
        return ()
    raise UsageError(f"PATH: got {text!r} with a filter, expected one place: $.items[2].price")


def _token(step: Step, text: str) -> str | int | None:
    selector = step.selectors[0]
    is_position = isinstance(selector, int) and selector >= 0
    is_one = isinstance(selector, str) or selector is None or is_position
    if step.is_descendant or len(step.selectors) > 1 or not is_one:
        raise UsageError(f"PATH: got {text!r}, expected one place: $.items[2].price or [*] in it")
    return None if isinstance(selector, slice) else selector


def has_filter(rule: Rule) -> bool:
    """Whether only a document can tell where the rule's path leads."""
    return rule.path is not None and parse_path(rule).steps is None


def reach(rule: Rule, spot: Spot) -> Reach | None:
    """How a rule's place has to do with this one; ``None`` when it has not, or has a filter.

    Where it depends on the length of a list (a position from the end), it is said to lead here.
    """
    if rule.header is not None:
        is_this = spot.location == "header" and rule.header.lower() == spot.name
        return "at" if is_this else None
    if rule.path is None:
        return "above" if rule.location == spot.location else None
    steps = parse_path(rule).steps
    return None if spot.location != "body" or steps is None else _follow(steps, spot.tokens)


def _follow(steps: tuple[Step, ...], tokens: tuple[str | int | None, ...]) -> Reach | None:
    done, states, is_above = len(steps), {0}, False
    for token in tokens:
        is_above = is_above or done in states
        following: set[int] = set()
        for at in states - {done}:
            if steps[at].is_descendant:
                following.add(at)
            if any(_may_select(selector, token) for selector in steps[at].selectors):
                following.add(at + 1)
        states = following
    if done in states:
        return "at"
    return "above" if is_above else None


def _may_select(selector: Selector, token: str | int | None) -> bool:
    if selector is None:
        return True
    if isinstance(selector, str) or isinstance(token, str):
        return selector == token
    if token is None:
        return True
    if isinstance(selector, int):
        return selector < 0 or selector == token
    if any(bound is not None and bound < 0 for bound in (selector.start, selector.stop)):
        return True
    return selector.step != 0 and token in range(*selector.indices(token + 1))
