"""The lists of objects in two answers, each with the one that stands for it on the other side."""

from collections.abc import Iterator, Sequence
from typing import Any

from shadowpact.compare.bodies import body_of
from shadowpact.compare.documents import parse_json
from shadowpact.compare.keys import infer_key
from shadowpact.compare.media import content_of
from shadowpact.compare.paths import member
from shadowpact.compare.structured import parse_json_lines
from shadowpact.model.encoding import decode
from shadowpact.model.exchange import Response

MAX_DEPTH = 64
"""Containers around a list; further in, the walk goes by position and asks for no key."""


def document_of(response: Response, method: str) -> Any:
    """The JSON of an answer.

    Returns:
        The document, a list of them for JSON lines; ``None`` when it is no JSON.

    Raises:
        UndecodableError: It is not what it says.
    """
    content = content_of(response.headers)
    body = body_of(response, method)
    if not body or content.media_type.format not in {"json", "json-lines"}:
        return None
    body = decode(body, content.codings)
    parse = parse_json if content.media_type.format == "json" else parse_json_lines
    return parse(body)


def lists_in(baseline: Any, candidate: Any) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """Every list of objects with its path, and the candidate's list in its place (or nothing)."""
    todo: list[tuple[str, int, Any, Any]] = [("$", 0, baseline, candidate)]
    while todo:
        path, depth, one, other = todo.pop()
        if depth > MAX_DEPTH:
            continue
        if type(one) is dict:
            members = other if type(other) is dict else {}
            todo += [
                (path + member(name), depth + 1, value, members.get(name))
                for name, value in one.items()
                if type(value) in {dict, list}
            ]
        elif type(one) is list:
            others = other if type(other) is list else []
            is_of_objects = _are_objects(one)
            if is_of_objects:
                yield path, one, others if _are_objects(others) else []
            twins = _twins(one, others, is_of_objects=is_of_objects)
            todo += [(f"{path}[*]", depth + 1, v, t) for v, t in zip(one, twins, strict=True)]


def _are_objects(values: list[Any]) -> bool:
    return bool(values) and set(map(type, values)) == {dict}


def _twins(ones: list[Any], others: list[Any], *, is_of_objects: bool) -> Sequence[Any]:
    """The candidate's element for each of the baseline's; ``None`` where that is not clear."""
    if not is_of_objects or not _are_objects(others):
        return others if len(ones) == len(others) == 1 else [None] * len(ones)
    found = infer_key(ones, others)
    if found is not None:
        (name,), _ = found
        by_key = {other.get(name): other for other in others}
        return [by_key.get(one.get(name)) for one in ones]
    return others if len(ones) == len(others) == 1 else [None] * len(ones)
