"""Comparing route names: by structure, so what a parameter is called does not count."""

import re
from functools import lru_cache

from shadowpact.routes.template import ANY, parse

_PARAMETER = re.compile(r"\{[^{}/]*\}")


@lru_cache(maxsize=4096)
def route_key(route: str) -> str:
    """What two names of one route have in common: ``GET /orders/{}`` for ``GET /orders/{id}``.

    ``*`` counts as a parameter. Any text has a key; nothing is refused here.
    """
    method, space, path = route.partition(" ")
    if not space:
        method, path = "", route
    segments = [
        "{}" if s == ANY and path != ANY else _PARAMETER.sub("{}", s) for s in path.split("/")
    ]
    return f"{method}{space}{'/'.join(segments)}"


def same_route(left: str, right: str) -> bool:
    """Whether two names mean the same route."""
    return left == right or route_key(left) == route_key(right)


@lru_cache(maxsize=4096)
def covers(pattern: str, route: str) -> bool:
    """Whether a declared pattern means a route, by the route's name.

    A pattern without a method means every method, ``**`` any number of segments; everything else
    is compared as by :func:`same_route`.

    Raises:
        TemplateError: The pattern is malformed.
    """
    declared = parse(pattern)
    method, _, path = route.partition(" ")
    if declared.method is not None and declared.method != method:
        return False
    if "**" not in declared.segments:
        return same_route(declared.path, path)
    generic = parse(route_key(declared.path).replace("{}", "{id}"))
    return re.fullmatch(_with_parameters(generic.regex), route_key(path)) is not None


def _with_parameters(regex: str) -> str:
    """A parameter of the pattern means a parameter of the route, not any literal."""
    return regex.replace("[^/]+", r"\{\}")
