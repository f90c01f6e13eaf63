"""What one candidate wants changed in every request: header fields and paths.

In this order: ``rewrite-path``, ``remove-headers``, ``set-headers``. Credentials come after it, so
that they are not removed by it; what concerns one hop, the Host and our marker come last.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from shadowpact.credentials.headers import with_field
from shadowpact.credentials.settings import supplied
from shadowpact.mirror.request import REMEMBERED
from shadowpact.mirror.settings import CandidateSettings, RewriteSettings
from shadowpact.model.exchange import Headers, Request
from shadowpact.routes import TemplateError, parse

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_MANY = "**"

type Shape = Callable[[Request], Request]


class Rewrite:
    """One compiled entry of ``rewrite-path``."""

    def __init__(self, settings: RewriteSettings) -> None:
        """Compile it.

        Raises:
            TemplateError: One of its templates is malformed, or the new path wants something that
                the old one does not name.
        """
        template = parse(settings.source)
        if template.path == "*":
            raise TemplateError(settings.source, 0, "'*' alone is no path")
        if _MANY in template.segments[:-1]:
            problem = "'**' stands at the end of a path that is rewritten"
            raise TemplateError(settings.source, settings.source.find(_MANY), problem)
        self._method = template.method
        self._names: list[str] = []
        parts = [self._segment(settings.source, part) for part in template.segments]
        self._match = re.compile("".join(parts)).fullmatch
        self._pieces = _pieces(settings.target, self._names)

    def _segment(self, pattern: str, segment: str) -> str:
        if segment in {"*", _MANY}:
            self._add(pattern, segment)
            return "(/[^/]+)" if segment == "*" else "((?s:/.*)?)"
        texts = _PARAMETER.split(segment)
        regex = ["/"]
        for index, text in enumerate(texts):
            if index % 2:
                self._add(pattern, f"{{{text}}}")
                regex.append("([^/]+)")
            else:
                regex.append(parse(f"/{text}").regex.removeprefix("/"))
        return "".join(regex)

    def _add(self, pattern: str, name: str) -> None:
        if name in self._names:
            raise TemplateError(pattern, 0, f"{name} stands twice; give each its own name")
        self._names.append(name)

    def applied(self, method: str, path: str) -> str | None:
        """The new path; ``None`` when this one is not meant."""
        if self._method not in {None, method}:
            return None
        found = self._match(path)
        if found is None:
            return None
        new = "".join(p if isinstance(p, str) else found[p + 1] for p in self._pieces)
        return new or "/"


def _pieces(target: str, names: list[str]) -> tuple[str | int, ...]:
    """Literal text, and for each parameter its number among ``names``."""
    template = parse(target)
    if template.method is not None or template.path == "*":
        raise TemplateError(target, 0, "expected a path alone; the request keeps its method")
    known = {name: number for number, name in enumerate(names)}
    pieces: list[str | int] = []
    for segment in template.segments:
        if segment in {"*", _MANY}:
            pieces.append(_known(target, segment, known))
            continue
        pieces.append("/")
        for index, text in enumerate(_PARAMETER.split(segment)):
            pieces.append(_known(target, f"{{{text}}}", known) if index % 2 else text)
    return tuple(pieces)


def _known(target: str, name: str, known: Mapping[str, int]) -> int:
    if name not in known:
        raise TemplateError(target, max(0, target.find(name)), f"'from' has no {name}")
    return known[name]


def shape_of(settings: CandidateSettings) -> Shape | None:
    """What makes a request the candidate's; ``None`` when it wants nothing changed.

    Raises:
        TemplateError: A path of ``rewrite-path`` is malformed.
    """
    rewrites = tuple(Rewrite(one) for one in settings.rewrite_path)
    removed = frozenset(name.encode() for name in settings.remove_headers)
    added = tuple((name.encode(), value.encode()) for name, value in settings.set_headers)
    if not (rewrites or removed or added):
        return None

    @lru_cache(REMEMBERED)
    def shaped_headers(headers: Headers) -> Headers:
        kept = tuple(field for field in headers if field[0].lower() not in removed)
        for name, value in added:
            kept = with_field(kept, name, value)
        return kept

    def shape(request: Request) -> Request:
        return msgspec.structs.replace(
            request,
            target=rewritten(request.method, request.target, rewrites),
            headers=shaped_headers(request.headers),
        )

    return shape


def supplied_headers(settings: CandidateSettings) -> frozenset[bytes]:
    """The headers (lower case) that a candidate does not get as they were recorded."""
    set_here = [name for name, _ in settings.set_headers]
    ours = frozenset(name.encode() for name in (*set_here, *settings.remove_headers))
    return ours | supplied(settings.credentials)


def rewritten(method: str, target: str, rewrites: tuple[Rewrite, ...]) -> str:
    """The target with the path that the first fitting entry gives it; the query stays."""
    if not rewrites:
        return target
    path, mark, query = target.partition("?")
    for rewrite in rewrites:
        if (new := rewrite.applied(method, path)) is not None:
            return new + mark + query
    return target
