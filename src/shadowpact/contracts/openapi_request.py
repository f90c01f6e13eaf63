"""The request side of an observed operation, for OpenAPI: parameters, body, credentials.

Requests are known by the few that are kept as samples. Too few to say that one has to have
something, so nothing is required but what the path needs.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from shadowpact.contracts.floor import Known
from shadowpact.contracts.formats import BY_NAME, format_of
from shadowpact.contracts.profile import facts_of
from shadowpact.contracts.request import credentials_of
from shadowpact.contracts.schema import Schema, schema_of
from shadowpact.model.exchange import Request, media_type
from shadowpact.model.profile import merged, profile_of

_PARAMETER: Final = re.compile(r"\{(?P<name>[^{}]*)\}|(?P<many>\*\*)|(?P<one>\*)")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})")


class Template:
    """A route's path as OpenAPI spells it: every parameter in braces, no name twice."""

    def __init__(self, path: str) -> None:
        """Take the path of a route: ``/orders/{id}/lines/{id}``."""
        self.names: list[str] = []
        self.path = _PARAMETER.sub(self._named, path)
        parts = re.split(r"\{[^{}]*\}|\*\*?", path)
        wanted = ["(.+)" if found["many"] else "([^/]+)" for found in _PARAMETER.finditer(path)]
        regex = "".join(re.escape(p) + w for p, w in zip(parts, [*wanted, ""], strict=True))
        self._regex = re.compile(regex)

    def _named(self, found: re.Match[str]) -> str:
        wanted = found["name"] or ("rest" if found["many"] else "part")
        name, number = wanted, 1
        while name in self.names:
            number += 1
            name = f"{wanted}_{number}"
        self.names.append(name)
        return f"{{{name}}}"

    @property
    def structure(self) -> str:
        """The path without the names: two templates of one structure are the same path."""
        return re.sub(r"\{[^{}]*\}", "{}", self.path)

    def values(self, path: str) -> tuple[str, ...]:
        """What a path has for each parameter; none where it does not fit."""
        found = self._regex.fullmatch(path)
        return tuple(map(unquote, found.groups())) if found else ()


def parameters(template: Template, requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Path parameters in their order, then query parameters by name."""
    rows = [values for one in requests if (values := template.values(one.path))]
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schema_of_texts([row[number] for row in rows]),
        }
        for number, name in enumerate(template.names)
    ]
    asked = [_query(one) for one in requests]
    names = sorted({name for query in asked for name in query})
    return [*in_path, *(_query_parameter(name, asked) for name in names)]


def _query(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.target.partition("?")[2], keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _query_parameter(name: str, asked: Sequence[dict[str, list[str]]]) -> dict[str, Any]:
    given = [query[name] for query in asked if name in query]
    schema = schema_of_texts([value for values in given for value in values])
    if any(len(values) > 1 for values in given):
        schema = {"type": "array", "items": schema}
    return {"name": name, "in": "query", "schema": schema}


def schema_of_texts(values: Sequence[str]) -> Schema:
    """The schema of texts in a URL: integers, booleans and formats are told by what they say."""
    if values and all(map(_INTEGER.fullmatch, values)):
        return {"type": "integer"}
    if values and set(values) <= {"true", "false"}:
        return {"type": "boolean"}
    formats = {found.schema if (found := BY_NAME.get(format_of(one))) else None for one in values}
    only = formats.pop() if len(formats) == 1 else None
    return {"type": "string", "format": only} if only else {"type": "string"}


def request_body(requests: Sequence[Request]) -> dict[str, Any] | None:
    """What was sent, by media type; ``None`` when nothing was."""
    sent = [one for one in requests if one.body or one.cut is not None]
    if not sent:
        return None
    by_media: dict[str, list[Request]] = {}
    for one in sent:
        by_media.setdefault(media_type(one.headers) or "application/octet-stream", []).append(one)
    return {"content": {media: _media(held) for media, held in sorted(by_media.items())}}


def _media(requests: Iterable[Request]) -> dict[str, Any]:
    facts = merged(map(facts_of, requests))
    profile = profile_of((path, fact, count) for (path, fact), count in facts.items())
    schema = schema_of(Known(profile=profile))
    return {"schema": schema} if schema else {}


def security(requests: Sequence[Request]) -> tuple[list[dict[str, list[str]]], set[str]]:
    """What has to come with a request, and the headers that hold it.

    Returns:
        OpenAPI's alternatives, an empty one where requests came without; no alternative at all
        where nothing was asked for.
    """
    ways = {credentials_of(one) for one in requests}
    names = {name for way in ways for name in way}
    if not names:
        return [], names
    return [{name: [] for name in way} for way in sorted(ways)], names
