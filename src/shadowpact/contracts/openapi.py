"""The observed interface as an OpenAPI 3.1 document: what the baseline was asked, and answered.

Nothing in it was promised by anybody. A parameter is there because a request had it; the body of an
answer is described by the schema of what was seen.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson

from shadowpact.contracts.openapi_request import Template, parameters, request_body, security
from shadowpact.contracts.schemas import FAILED_FROM, RouteSchema
from shadowpact.contracts.settings import ALLOWED_HEADERS
from shadowpact.contracts.shape import is_json
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.exchange import header, media_type
from shadowpact.model.pair import Sample

VERSION: Final = "3.1.0"
METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
"""What a path of OpenAPI 3.1 may hold."""

type Document = dict[str, Any]
type Schemas = Mapping[tuple[str, int], RouteSchema]

_ABOUT: Final = (
    "Observed on the baseline's traffic, promised by nobody: a parameter that no request had and "
    "an answer that nobody got are not in it."
)


def openapi(
    provider: str,
    behaviours: Iterable[Behaviour],
    schemas: Iterable[RouteSchema],
    *,
    title: str | None = None,
    headers: Sequence[str] = ALLOWED_HEADERS,
) -> Document:
    """The interface of one provider.

    Args:
        provider: Name of the candidate.
        behaviours: What the baseline was seen to do; those of other providers are left out, and
            those where it failed.
        schemas: Of the bodies, see :func:`shadowpact.contracts.schemas.draw`.
        title: Of the document; the provider's name when nothing else is said.
        headers: Of answers, those worth naming.

    Returns:
        The document; its version is a digest of its content, so that it changes with that alone.
    """
    held: Schemas = {(s.route, s.status): s for s in schemas if s.provider == provider}
    routes: dict[str, list[Behaviour]] = defaultdict(list)
    for one in behaviours:
        if one.candidate == provider and one.status < FAILED_FROM:
            routes[one.route].append(one)
    found, schemes = _paths(routes, held, tuple(name.lower() for name in headers))
    content: Document = {"paths": found}
    if schemes:
        content["components"] = {"securitySchemes": schemes}
    digest = hashlib.blake2b(
        orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=6
    ).hexdigest()
    info = {"title": title or provider, "version": digest, "description": _ABOUT}
    return {"openapi": VERSION, "info": info, **content}


def _paths(
    routes: Mapping[str, Sequence[Behaviour]], held: Schemas, headers: Sequence[str]
) -> tuple[Document, Document]:
    """The paths, and the security schemes that they name."""
    templates: dict[str, Template] = {}
    groups: dict[tuple[str, str], list[Behaviour]] = defaultdict(list)
    for route, group in sorted(routes.items()):
        method, _, path = route.partition(" ")
        if method.lower() in METHODS:
            drawn = Template(path)
            template = templates.setdefault(drawn.structure, drawn)  # {id}, {order}: one path
            groups[template.structure, method].extend(group)
    found: Document = {}
    credentials: set[str] = set()
    for (structure, method), group in groups.items():
        template = templates[structure]
        operation, names = _operation(template, group, held, headers)
        found.setdefault(template.path, {})[method.lower()] = operation
        credentials |= names
    schemes = {name: {"type": "apiKey", "in": "header", "name": name} for name in credentials}
    return found, dict(sorted(schemes.items()))


def left_out(provider: str, behaviours: Iterable[Behaviour]) -> list[str]:
    """Routes whose method OpenAPI 3.1 cannot hold."""
    routes = {one.route for one in behaviours if one.candidate == provider}
    return sorted(one for one in routes if one.partition(" ")[0].lower() not in METHODS)


def _operation(
    template: Template,
    group: Sequence[Behaviour],
    held: Schemas,
    headers: Sequence[str],
) -> tuple[Document, set[str]]:
    requests = [sample.request for one in group for sample in one.samples]
    operation: Document = {"summary": group[0].route}
    if asked := parameters(template, requests):
        operation["parameters"] = asked
    if body := request_body(requests):
        operation["requestBody"] = body
    by_status: dict[int, list[Behaviour]] = defaultdict(list)
    for one in group:
        by_status[one.status].append(one)
    operation["responses"] = {
        str(status): _response(status, alike, held, headers)
        for status, alike in sorted(by_status.items())
    }
    ways, names = security(requests)
    if ways:
        operation["security"] = ways
    return operation, names


def _response(
    status: int, group: Sequence[Behaviour], held: Schemas, headers: Sequence[str]
) -> Document:
    samples = [sample for one in group for sample in one.samples]
    drawn = [held[key].schema for one in group if (key := (one.route, status)) in held]
    answer: Document = {"description": _phrase(status)}
    medias = sorted({media for s in samples if (media := media_type(s.baseline.headers))})
    if medias:
        answer["content"] = {
            media: {"schema": drawn[0]} if drawn and is_json(media) else {} for media in medias
        }
    named = {name: _header(name, samples) for name in headers if name != "content-type"}
    if shown := {name: told for name, told in sorted(named.items()) if told}:
        answer["headers"] = shown
    return answer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _header(name: str, samples: Sequence[Sample]) -> Document:
    """A header of answers; nothing where none has it."""
    has = [header(sample.baseline.headers, name.encode()) is not None for sample in samples]
    return {"required": all(has), "schema": {"type": "string"}} if any(has) else {}
