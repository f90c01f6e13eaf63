"""What no schema can say about ``[candidates.NAME.credentials]`` and the shape of requests."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shadowpact.config.lines import KeyPath
from shadowpact.config.problems import Problem, shown
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import KINDS, ONE_OF
from shadowpact.mirror.request import HOP_BY_HOP, MARKER
from shadowpact.mirror.settings import RewriteSettings
from shadowpact.mirror.shape import Rewrite
from shadowpact.routes import TemplateError, parse

_OURS = {b.decode() for b in (*HOP_BY_HOP, MARKER, b"content-length", b"host")}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WITH_TOKEN_ONLY = ("header", "scheme")


def check_candidate(path: KeyPath, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Every problem in how a candidate's requests are to look.

    Args:
        path: Of the candidate's table.
        table: The candidate; values of a wrong type are left to the schema.
    """
    yield from _header_sets(path, table)
    for index, entry in _tables(table.get("rewrite-path")):
        yield from _rewrite((*path, "rewrite-path", *index), entry)
    for index, entry in _tables(table.get("credentials")):
        yield from _credentials((*path, "credentials", *index), entry)


def plain_candidate(candidate: dict[str, Any], *, folder: Path) -> dict[str, Any]:
    """The same parts as the settings have them.

    Args:
        candidate: Keys in snake case; checked.
        folder: What the path of a key is relative to.
    """
    if "set_headers" in candidate:
        given = candidate["set_headers"].items()
        candidate["set_headers"] = [(name.lower(), value) for name, value in given]
    if "remove_headers" in candidate:
        candidate["remove_headers"] = [name.lower() for name in candidate["remove_headers"]]
    if "credentials" in candidate:
        tables = [table for _, table in _tables(candidate["credentials"])]
        candidate["credentials"] = [_plain(table, folder) for table in tables]
    return candidate


def _plain(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    plain = {key.replace("-", "_"): value for key, value in table.items()}
    if "header" in plain:
        plain["header"] = plain["header"].lower()
    if "value" in plain:
        plain["value"] = Secret(plain["value"])
    if "key_from_file" in plain:
        plain["key_from_file"] = str(folder / plain["key_from_file"])
    return plain


def _tables(value: Any) -> Iterator[tuple[tuple[int, ...], Mapping[str, Any]]]:
    """Each table with its place: one alone, or those of a list."""
    if isinstance(value, dict):
        yield (), value
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, dict):
            yield (index,), entry


def _header_sets(path: KeyPath, table: Mapping[str, Any]) -> Iterator[Problem]:
    given = table.get("set-headers")
    for name, value in given.items() if isinstance(given, dict) else ():
        place: KeyPath = (*path, "set-headers", name)
        yield from _not_ours(place, name)
        if isinstance(value, str) and _CONTROL.search(value):
            yield Problem(path=place, text="has a line break or another control character in it")
    removed = table.get("remove-headers")
    for index, name in enumerate(removed if isinstance(removed, list) else []):
        yield from _not_ours((*path, "remove-headers", index), name)


def _not_ours(path: KeyPath, name: Any) -> Iterator[Problem]:
    if isinstance(name, str) and name.lower() in _OURS:
        text = f"{name!r} is not sent on as it is, so it cannot be set or removed"
        advice = "; use the key 'host' of the candidate" if name.lower() == "host" else ""
        yield Problem(path=path, text=text + advice)


def _rewrite(path: KeyPath, entry: Mapping[str, Any]) -> Iterator[Problem]:
    source, target = entry.get("from"), entry.get("to")
    if not isinstance(source, str) or not isinstance(target, str):
        return
    try:
        Rewrite(RewriteSettings(source=source, target=target))
    except TemplateError as error:
        key = "from" if error.pattern == source else "to"
        yield Problem(path=(*path, key), text=f"malformed pattern {error}")


def _credentials(path: KeyPath, table: Mapping[str, Any]) -> Iterator[Problem]:
    kind = table.get("kind")
    struct = KINDS.get(kind) if isinstance(kind, str) else None
    if struct is None or not isinstance(kind, str):
        return
    fields = {field.name.replace("_", "-"): field for field in msgspec.structs.fields(struct)}
    for key in table.keys() - fields.keys() - {"kind"}:
        if _is_known(key):
            text = f"kind {kind!r} has no such key; it has {', '.join(fields)}"
            yield Problem(path=(*path, key), text=text)
    for key, field in fields.items():
        if field.required and key not in table:
            yield Problem(path=path, text=f"lacks {key!r}, which kind {kind!r} needs")
    yield from _one_of(path, kind, table)
    yield from _values(path, table)


def _is_known(key: str) -> bool:
    """Whether any kind has it; the schema names those that none has."""
    return any(key.replace("-", "_") in struct.__struct_fields__ for struct in KINDS.values())


def _one_of(path: KeyPath, kind: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    if kind not in ONE_OF:
        return
    first, second = (name.replace("_", "-") for name in ONE_OF[kind])
    if (first in table) == (second in table):
        has = "has both" if first in table else "lacks one of"
        yield Problem(path=path, text=f"{has} {first!r} and {second!r}, expected one of them")


def _values(path: KeyPath, table: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _not_ours((*path, "header"), table.get("header"))
    value = table.get("value")
    if isinstance(value, str) and _CONTROL.search(value):
        text = "has a line break or another control character in it"
        yield Problem(path=(*path, "value"), text=text)
    for key, problem_of in _CHECKED.items():
        value = table.get(key)
        if isinstance(value, str) and (problem := problem_of(value)):
            yield Problem(path=(*path, key), text=problem)
    if _has_date(table.get("claims")):
        text = "has a date in it; a JWT has seconds since 1970, or text"
        yield Problem(path=(*path, "claims"), text=text)
    if table.get("kind") == "login" and "token-path" not in table:
        for key in (key for key in _WITH_TOKEN_ONLY if key in table):
            text = "says where a token goes, and without 'token-path' there is none: cookies do"
            yield Problem(path=(*path, key), text=text)


def _has_date(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_date(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_has_date(inner) for inner in value)
    return isinstance(value, date | time)


def _url_problem(url: str) -> str | None:
    if "@" in url.partition("://")[2].partition("/")[0]:
        return "expected a URL without user or password; they are client-id and client-secret"
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if is_url and not re.search(r"[\s\x00-\x1f]", url):
        return None
    return f"got {shown(url)}, expected a URL such as https://login.test/oauth/token"


def _request_problem(pattern: str) -> str | None:
    try:
        template = parse(pattern)
    except TemplateError as error:
        return f"malformed pattern {error}"
    if template.method is None:
        return f"got {shown(pattern)}, expected a method too, as in 'POST /login'"
    return None


def _path_problem(text: str) -> str | None:
    import jsonpath_rfc9535  # noqa: PLC0415 - slow, and only logins need it

    try:
        jsonpath_rfc9535.compile(text)
    except jsonpath_rfc9535.JSONPathError:
        return f"got {shown(text)}, expected an RFC 9535 path such as $.token"
    return None


_CHECKED = {
    "token-url": _url_problem,
    "request": _request_problem,
    "token-path": _path_problem,
}
