"""Path templates as people declare them: ``/orders/**``, ``GET /customers/{id}/orders``.

``{name}`` and ``*`` stand for one segment that is not empty, ``**`` for any number of segments,
none included. ``{name}`` may have text around it in its segment (``{id}.json``).
"""

import re

import msgspec

ANY = "*"
MANY = "**"

_METHOD = re.compile(r"[A-Z0-9!#$%&'+.^_`|~-]+")
_PARAMETER = re.compile(r"\{[^{}]*\}")
_NOT_IN_A_PATH = re.compile(r"[\s?#\x00-\x1f\x7f]")


class TemplateError(ValueError):
    """A template cannot be read.

    Attributes:
        pattern: What was given.
        position: Index of the offending character, from 0.
        problem: What is wrong there.
    """

    def __init__(self, pattern: str, position: int, problem: str) -> None:
        super().__init__(f"{pattern!r}: at character {position + 1}: {problem}")
        self.pattern = pattern
        self.position = position
        self.problem = problem


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed template.

    Attributes:
        method: Upper case; ``None`` for every method.
        path: As declared, ``/customers/{id}/orders``.
        segments: The path split at its slashes, without the first.
    """

    method: str | None
    path: str
    segments: tuple[str, ...]

    @property
    def has_wildcard(self) -> bool:
        """Whether ``*`` or ``**`` leaves open what the path looks like."""
        return ANY in self.segments or MANY in self.segments

    @property
    def specificity(self) -> tuple[int, int, int, int, int, bool]:
        """Sorts templates from the most specific to the least.

        More literal segments first, then more segments with literal text beside a parameter, more
        single segments, fewer ``**``, fewer ``*``, and a method before none.
        """
        parameters = [s for s in self.segments if _PARAMETER.search(s)]
        mixed = sum(not _PARAMETER.fullmatch(s) for s in parameters)
        stars, many = self.segments.count(ANY), self.segments.count(MANY)
        literals = len(self.segments) - len(parameters) - stars - many
        singles = len(parameters) + stars
        return (-literals, -mixed, -singles, many, stars, self.method is None)

    @property
    def regex(self) -> str:
        """A regular expression (without capturing groups) for the raw path, to be anchored."""
        if self.path == ANY:
            return r"\*"
        if self.segments == (MANY,):
            return "(?s:.*)"  # also what is no path: the "*" of OPTIONS, an empty target
        last = len(self.segments) - 1
        return "".join(_segment_regex(s, is_last=i == last) for i, s in enumerate(self.segments))


def parse(pattern: str) -> Template:
    """Read a template.

    Raises:
        TemplateError: It is malformed; says where and why.
    """
    method, path, offset = _split(pattern)
    if path == ANY:  # the asterisk-form of OPTIONS
        return Template(method=method, path=path, segments=("",))
    if not path.startswith("/"):
        raise TemplateError(pattern, offset, "a path starts with '/'")
    if odd := _NOT_IN_A_PATH.search(path):
        problem = f"{odd.group()!r} cannot stand in a path; a query is not part of a route"
        raise TemplateError(pattern, offset + odd.start(), problem)
    segments = tuple(path[1:].split("/"))
    position = offset + 1
    for segment in segments:
        _check_segment(pattern, segment, position)
        position += len(segment) + 1
    _check_many(pattern, segments, offset)
    return Template(method=method, path=path, segments=segments)


def _split(pattern: str) -> tuple[str | None, str, int]:
    """Method, path, and where the path starts."""
    first, space, rest = pattern.partition(" ")
    if not space or first.startswith("/"):
        return None, pattern, 0
    if not _METHOD.fullmatch(first):
        raise TemplateError(pattern, 0, f"{first!r} is no method in upper case, such as GET")
    path = rest.lstrip(" ")
    return first, path, len(pattern) - len(path)


def _check_segment(pattern: str, segment: str, position: int) -> None:
    if segment in {ANY, MANY}:
        return
    literal = _PARAMETER.sub(lambda m: " " * len(m.group()), segment)
    if star := literal.find("*") + 1:
        problem = "'*' stands for a whole segment, '**' for any number of them"
        raise TemplateError(pattern, position + star - 1, problem)
    for brace in "{}":
        if found := literal.find(brace) + 1:
            problem = f"{brace!r} without its counterpart; a parameter is written {{name}}"
            raise TemplateError(pattern, position + found - 1, problem)
    if (empty := segment.find("{}")) >= 0:
        raise TemplateError(pattern, position + empty, "a parameter needs a name, {id}")
    if (touching := segment.find("}{")) >= 0:
        raise TemplateError(pattern, position + touching, "two parameters need text between them")


def _check_many(pattern: str, segments: tuple[str, ...], offset: int) -> None:
    """One ``**`` inside and one at the end: more would make matching slow on hostile paths."""
    inside = [i for i, s in enumerate(segments[:-1]) if s == MANY]
    if len(inside) > 1:
        position = offset + 1 + sum(len(s) + 1 for s in segments[: inside[1]])
        raise TemplateError(pattern, position, "'**' may stand once inside and once at the end")


def _segment_regex(segment: str, *, is_last: bool) -> str:
    if segment == MANY:
        return "(?s:/.*)?" if is_last else "(?:/[^/]*)*?"
    if segment == ANY:
        return "/[^/]+"
    parts: list[str] = []
    end = 0
    for parameter in _PARAMETER.finditer(segment):
        parts += [_literal_regex(segment[end : parameter.start()]), "[^/]+"]
        end = parameter.end()
    return "/" + "".join([*parts, _literal_regex(segment[end:])])


def _literal_regex(text: str) -> str:
    """Literal text; what is not ASCII matches raw and percent-escaped alike."""
    parts = []
    for character in text:
        if character.isascii():
            parts.append(re.escape(character))
            continue
        raw = character.encode("utf-8", "surrogatepass")
        escaped = "".join(f"%{byte:02X}" for byte in raw)
        parts.append(f"(?:{re.escape(character)}|(?i:{escaped}))")
    return "".join(parts)
