"""What is wrong in a configuration, as many things as there are, in one error."""

import difflib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import msgspec

from shadowpact.config.lines import KeyPath
from shadowpact.errors import ConfigError

_SHOWN = 60
"""Characters of an offending value that a message repeats."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    Attributes:
        path: The key it is about.
        text: What was got, what was expected, what to do.
    """

    path: KeyPath
    text: str


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document came from.

    Attributes:
        name: The file as the user named it.
        lines: The line of every key path.
        overrides: The environment variable that set a key path.
    """

    name: str
    lines: dict[KeyPath, int]
    overrides: dict[KeyPath, str] = {}

    def line(self, path: KeyPath) -> int:
        """The line of the key, or of the innermost table around it that is written down."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def where(self, path: KeyPath) -> str:
        """``shadowpact.toml:12``, or the environment variable."""
        variable = self.overrides.get(path)
        return f"environment {variable}" if variable else f"{self.name}:{self.line(path)}"


def raise_any(problems: Iterable[Problem], source: Source) -> None:
    """Raise one error with all problems in the order of the file; nothing without one.

    Raises:
        ConfigError: There is at least one.
    """
    raise_all([(problems, source)])


def raise_all(parts: Iterable[tuple[Iterable[Problem], Source]]) -> None:
    """The same for several files, in their order.

    Raises:
        ConfigError: There is at least one problem.
    """
    found: list[str] = []
    for problems, source in parts:
        ordered = sorted(problems, key=lambda p: (source.line(p.path), p.text))
        found += [_render(problem, source) for problem in ordered]
    lines = list(dict.fromkeys(found))
    if not lines:
        return
    if len(lines) == 1:
        raise ConfigError(lines[0])
    joined = "\n  ".join(lines)
    raise ConfigError(f"{len(lines)} problems in the configuration\n  {joined}")


def dotted(path: KeyPath) -> str:
    """``candidates.orders.routes[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def shown(value: Any) -> str:
    """A value as TOML writes it, shortened."""
    match value:
        case bool():
            text = "true" if value else "false"
        case datetime() | date() | time():
            text = value.isoformat()
        case dict():
            text = "a table"
        case list():
            text = "a list"
        case _:
            text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that is closest, or ``None`` when none is close."""
    plain = name.lower().replace("_", "-")
    if plain in known:
        return plain
    close = difflib.get_close_matches(plain, known, n=1)
    return close[0] if close else None


def hint(name: str, known: Sequence[str]) -> str:
    """A sentence that leads from a wrong name to a right one."""
    close = nearest(name, known)
    if close:
        return f"did you mean {close!r}?"
    return f"known: {', '.join(known)}" if known else "none is declared"


def _render(problem: Problem, source: Source) -> str:
    field = dotted(problem.path)
    return f"{source.where(problem.path)}: {field + ': ' if field else ''}{problem.text}"
