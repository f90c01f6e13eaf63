"""Pact's mismatches in plain words: where, what was expected, what came.

Pact's own texts read "Expected <actual> to be <expected>", name a missing key at its parent, quote
values in several ways, and swap the two sides for text bodies. What is said here is built from
the structured fields, and from the text only where those do not say it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from shadowpact.contracts import paths

type Part = Literal["status", "header", "body", "other"]

_MISSING = re.compile(r"Actual map is missing the following keys: (?P<names>.*)", re.DOTALL)
_KIND = re.compile(
    r"(?:Type mismatch: )?Expected .* \((?P<came>\w+)\) to (?:be|match) "
    r"(?:the same type as .* \((?P<like>\w+)\)|an? (?P<rule>[\w ]+))$",
    re.DOTALL,
)
_SIZE = re.compile(
    r"\(size (?P<size>\d+)\) to have (?P<bound>minimum|maximum) size of (?P<want>\d+)"
)
_LENGTH = re.compile(r"Expected a List with (?P<want>\d+) elements but received (?P<size>\d+)")
_PATTERN = re.compile(
    r"to match (?:an? (?P<name>\w+) pattern of )?'(?P<pattern>.*?)'(?::|$)", re.DOTALL
)
_FORBIDDEN = re.compile(r"Expected '(?P<name>.*)' to match '\^\(\?!", re.DOTALL)
_SHOWN_CHARACTERS = 120


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One detail that did not match.

    Attributes:
        part: Which part of the answer.
        path: Body: ``$.items[2].price``; header: its lower-case name; status and other: empty.
        expected: As JSON; ``None`` where there is nothing to show.
        actual: Likewise.
        message: A sentence for a person.
    """

    part: Part
    path: str
    expected: Any = None
    actual: Any = None
    message: str

    @property
    def steps(self) -> paths.Steps:
        """The place in the body, list positions generalised; empty for other parts."""
        return paths.general(paths.parse(self.path)) if self.part == "body" else ()


def plain(told: Mapping[str, Any]) -> list[Mismatch]:
    """One mismatch of Pact's as ours; several when it names several missing keys."""
    expected, actual = _value(told.get("expected")), _value(told.get("actual"))
    match told.get("type"):
        case "StatusMismatch":
            return [_status(told.get("expected"), told.get("actual"))]
        case "HeaderMismatch":
            return [_header(str(told.get("key", "")).lower(), expected, told)]
        case "BodyTypeMismatch":
            return [_media(told.get("expected"), told.get("actual"))]
        case "BodyMismatch":
            return _body(told, expected, actual)
        case _:
            message = str(told.get("mismatch") or told.get("message") or told)
            return [Mismatch(part="other", path="", message=message)]


def _status(expected: Any, actual: Any) -> Mismatch:
    return Mismatch(
        part="status",
        path="",
        expected=expected,
        actual=actual,
        message=f"the status is {actual}, not {expected}",
    )


def _header(name: str, expected: Any, told: Mapping[str, Any]) -> Mismatch:
    if "but was missing" in str(told.get("mismatch", "")):
        return Mismatch(
            part="header", path=name, expected=expected, message=f"the header {name} is missing"
        )
    actual = told.get("actual")
    return Mismatch(
        part="header",
        path=name,
        expected=expected,
        actual=actual,
        message=f"the header {name} is {_short(actual)}, not like {_short(expected)}",
    )


def _media(expected: Any, actual: Any) -> Mismatch:
    return Mismatch(
        part="header",
        path="content-type",
        expected=expected,
        actual=actual,
        message=f"the body is {actual}, not {expected}",
    )


def _body(told: Mapping[str, Any], expected: Any, actual: Any) -> list[Mismatch]:
    path = _own_path(str(told.get("path") or "$"))
    text = str(told.get("mismatch", ""))
    if missing := _MISSING.search(text):
        parent = paths.parse(path)
        wanted = [paths.show((*parent, name)) for name in _names(expected, actual, missing)]
        return [Mismatch(part="body", path=it, message=f"{it} is missing") for it in wanted]
    if "was empty" in text:
        actual = None
    return [
        Mismatch(
            part="body",
            path=path,
            expected=expected,
            actual=actual,
            message=_sentence(path, text, expected, actual),
        )
    ]


def _sentence(path: str, text: str, expected: Any, actual: Any) -> str:
    if forbidden := _FORBIDDEN.search(text):
        return f"{path} is there; {forbidden['name']!r} must not be"
    if size := _SIZE.search(text):
        bound = "at least" if size["bound"] == "minimum" else "at most"
        return f"{path} has {size['size']} elements, not {bound} {size['want']}"
    if size := _LENGTH.search(text):
        return f"{path} has {size['size']} elements, not {size['want']}"
    if kind := _KIND.search(text):
        want = (kind["like"] or kind["rule"]).lower()
        return f"{path} is {_short(actual)} ({kind['came'].lower()}), not {_article(want)}"
    if pattern := _PATTERN.search(text):
        return f"{path} is {_short(actual)}, which does not match {pattern['pattern']}"
    if text.startswith("Failed to parse"):
        return f"the body is not the JSON it says it is: {text.partition(': ')[2]}"
    if "was empty" in text:
        return "the body is empty"
    return f"{path} is {_short(actual)}, not {_short(expected)}"


def _article(noun: str) -> str:
    if noun.endswith("value"):
        return noun
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _own_path(path: str) -> str:
    try:
        return paths.show(paths.parse(path))
    except ValueError:
        return "$"  # "/" stands for the whole body


def _names(expected: Any, actual: Any, missing: re.Match[str]) -> list[str]:
    """The missing names: from the two lists of names, from the text where those are not given."""
    if isinstance(expected, list) and isinstance(actual, list):
        return [name for name in expected if name not in actual]
    return missing["names"].split(", ")


def _value(told: Any) -> Any:
    """Pact gives values as JSON text, mostly; an empty text stands for null."""
    if not isinstance(told, str):
        return told
    if not told:
        return None
    try:
        return json.loads(told)
    except ValueError:
        return told


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
