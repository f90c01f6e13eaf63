"""A new ``shadowpact.toml``, commented from the schema."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shadowpact.config.schema import schema

_WIDTH = 88
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = """\
# Configuration of shadowpact. Lines that start with '#' are comments; the keys behind one show the
# default or an example. Every key is explained in docs/reference/configuration.md.
"""
_RULES = """\
# Which differences do not matter. A rule marks them and never deletes them.
#
# [[rules]]
# id = "updated-at"
# kind = "ignore"
# route = "GET /orders/{id}"          # optional; so are status, media-type and candidate
# path = "$.updated_at"               # or: header = "etag"
# reason = "each side has its own clock"
"""


def example(baseline: str, candidates: Mapping[str, str]) -> str:
    """The text of a configuration.

    Args:
        baseline: URL of the baseline.
        candidates: URL by name. With several, the first gets what no other one does.
    """
    sections = schema()["properties"]
    parts = [_HEAD]
    url = f"url = {_toml(baseline)}"
    rest = {k: v for k, v in sections["baseline"]["properties"].items() if k != "url"}
    parts.append(_section("[baseline]", sections["baseline"], [url], rest))
    for number, (name, address) in enumerate(candidates.items()):
        key = _toml_key(name)
        routes = ["/**"] if number == 0 else [f"/{name}/**"]
        parts.append(_candidate(key, address, routes, sections["candidates"], is_first=number == 0))
    parts.append(_RULES)
    for name, part in sections.items():
        if name not in {"baseline", "candidates", "rules", "waivers"}:
            parts.append(_section(f"[{name}]", part, [], part["properties"]))
    return "\n".join(parts)


def _candidate(
    key: str, url: str, routes: list[str], part: Mapping[str, Any], *, is_first: bool
) -> str:
    table = part["additionalProperties"]
    given = [f"url = {_toml(url)}", f"routes = {_toml(routes)}", 'writes = "off"']
    rest = {k: v for k, v in table["properties"].items() if k not in {"url", "routes", "writes"}}
    described = part if is_first else {"description": ""}
    explained = {key: table["properties"][key]["description"] for key in ("routes", "writes")}
    comments = [given[0], *_comment(explained["routes"]), given[1]]
    comments += [*_comment(explained["writes"]), given[2]]
    lines = comments if is_first else given
    return _section(f"[candidates.{key}]", described, lines, rest if is_first else {})


def _section(
    header: str, part: Mapping[str, Any], given: Iterable[str], rest: Mapping[str, Any]
) -> str:
    lines = [*_comment(part["description"]), header, *given]
    for key, rule in rest.items():
        lines += _comment(rule["description"])
        lines.append(f"# {key} = {_toml(rule.get('default', rule.get('examples', [''])[0]))}")
    return "\n".join(lines) + "\n"


def _comment(description: str) -> Iterator[str]:
    """A description as comment lines; without the marks of Markdown."""
    for line in textwrap.wrap(description.replace("`", ""), _WIDTH):
        yield f"# {line}"


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = [f"{_toml_key(name)} = {_toml(inner)}" for name, inner in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(inner) for inner in value)}]"
    return json.dumps(value, ensure_ascii=False)
