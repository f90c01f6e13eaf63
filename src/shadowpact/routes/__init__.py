"""Routes: a method and a path template, declared or read off the path."""

from shadowpact.routes.names import covers, route_key, same_route
from shadowpact.routes.table import Entry, Match, RouteTable
from shadowpact.routes.template import Template, TemplateError, parse
from shadowpact.routes.typed import generalise

__all__ = [
    "Entry",
    "Match",
    "RouteTable",
    "Template",
    "TemplateError",
    "covers",
    "generalise",
    "parse",
    "route_key",
    "same_route",
]
