"""JSON text rewritten leaf by leaf: what is not replaced keeps every byte, numbers their digits."""

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import jsonpath_rfc9535

type Location = tuple[str | int, ...]
"""Names and positions from the root to a leaf."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\s+')
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_MAX_DEPTH = 100_000

_environment = jsonpath_rfc9535.JSONPathEnvironment(max_recursion_depth=_MAX_DEPTH)


def path_problem(text: str) -> str | None:
    """What is wrong with an RFC 9535 path, in words; ``None`` when nothing is."""
    try:
        _environment.compile(text)
    except (jsonpath_rfc9535.JSONPathError, RecursionError) as error:
        hint = "; a path starts with '$', such as $.customer.name" if text[:1] != "$" else ""
        problem = getattr(error, "message", None) or str(error) or "nested too deep"
        return f"path {text!r} is not valid: {problem}{hint}"
    return None


class Selection:
    """The places in one document that some paths lead to, and all below them."""

    def __init__(self, document: str, paths: Sequence[str]) -> None:
        self._chosen: frozenset[Location] = frozenset()
        if paths:
            parsed = json.loads(document)
            self._chosen = frozenset(
                node.location for path in paths for node in _query(path).finditer(parsed)
            )

    def holds(self, location: Location) -> bool:
        """Whether a place is chosen, or lies in one that is."""
        if not self._chosen:
            return False
        return any(location[:size] in self._chosen for size in range(len(location) + 1))


@lru_cache(maxsize=1024)
def _query(path: str) -> jsonpath_rfc9535.JSONPathQuery:
    return _environment.compile(path)


def is_json(text: str) -> bool:
    """Whether a text is one JSON document."""
    if not text.lstrip()[:1] or text.lstrip()[0] not in '{["-0123456789tfn':
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def rewrite(
    document: str,
    *,
    leaf: Callable[[Location, str], str],
    name: Callable[[Location, str], str],
) -> str:
    """Replace leaves and names of a JSON document (see :func:`is_json`).

    Args:
        document: Its text.
        leaf: Gets where a leaf is and its token (``"a"``, ``1.50``, ``null``); gives a token.
        name: The same for a member's name; its location ends with the name.

    Returns:
        The text; a document is given back unchanged when all tokens are.
    """
    parts = list[str]()
    path = list[str | int]()  # of what comes next; a list's position counts up
    in_object = list[bool]()
    is_name = False
    for token in _TOKEN.findall(document):
        first = token[0]
        if first in "{[":
            in_object.append(first == "{")
            is_name = first == "{"
            path.append("" if first == "{" else 0)
        elif first in "}]":
            in_object.pop()
            path.pop()
            is_name = False
        elif first == ",":
            is_name = in_object[-1]
            if not is_name:
                position = path[-1]
                path[-1] = position + 1 if isinstance(position, int) else 0
        elif first == ":":
            is_name = False
        elif is_name and first == '"':
            path[-1] = json.loads(token)
            token = name(tuple(path), token)  # noqa: PLW2901  what is written in its place
        elif not token.isspace():
            token = leaf(tuple(path), token)  # noqa: PLW2901  what is written in its place
        parts.append(token)
    return "".join(parts)


def general_path(location: Location) -> str:
    """Where something is, with list positions left out: ``$.users[*].email``."""
    parts = ["$"]
    for part in location:
        if isinstance(part, int):
            parts.append("[*]")
        elif _PLAIN_NAME.fullmatch(part):
            parts.append(f".{part}")
        else:
            parts.append(f"[{json.dumps(part, ensure_ascii=False)}]")
    return "".join(parts)
