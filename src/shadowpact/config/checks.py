"""What no schema can say: URLs, patterns, names that have to exist or to be unique.

A document comes here whether the schema liked it or not, so that one run names every problem; each
check looks only at values of the type it is about.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from shadowpact.config.credentials import check_candidate
from shadowpact.config.lines import KeyPath
from shadowpact.config.problems import Problem, Source, hint, shown
from shadowpact.routes import TemplateError, parse, route_key
from shadowpact.secrets.places import path_problem

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+)(?::(?P<port>\d{1,5}))?")
_BUILTIN = "builtin:"


def check(document: Mapping[str, Any], source: Source) -> Iterator[Problem]:
    """Every problem in a document's meaning."""
    yield from _baseline(_table(document, "baseline"))
    yield from _candidates(_table(document, "candidates"), source)
    yield from check_rules(document, source)
    yield from _hosts(_table(document, "compare").get("hosts"))
    yield from _recording(_table(document, "recording"))
    yield from _redacted_paths(_table(document, "redact").get("paths"))
    yield from _consumers(_table(document, "contracts").get("consumers"))
    yield from _waivers(document.get("waivers"))
    yield from _not_finite((), document)


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _baseline(table: Mapping[str, Any]) -> Iterator[Problem]:
    path: KeyPath = ("baseline", "url")
    if isinstance(url := table.get("url"), str):
        yield from _url(path, url)
        if not _malformed(url) and urlsplit(url).path not in {"", "/"}:
            text = f"got {shown(url)}, expected no path: targets go to the baseline as they are"
            yield Problem(path=path, text=text)
    hosts = table.get("hosts")
    for index, host in enumerate(hosts if isinstance(hosts, list) else []):
        if isinstance(host, str) and not _is_host(host):
            text = f"got {shown(host)}, expected host or host:port, without a scheme"
            yield Problem(path=("baseline", "hosts", index), text=text)


def _url(path: KeyPath, url: str) -> Iterator[Problem]:
    if problem := _malformed(url):
        yield Problem(path=path, text=problem)


def _malformed(url: str) -> str | None:
    """What is wrong with a service's URL, in words; a password in it is not repeated."""
    if "@" in url.partition("://")[2].partition("/")[0]:
        return "expected a URL without user or password; send credentials in headers"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"got {shown(url)}, which is no URL: {error}"
    if parts.scheme not in {"http", "https"}:
        return f"got {shown(url)}, expected it to start with http:// or https://"
    if not host or port == 0 or re.search(r"[\s\x00-\x1f]", url):
        return f"got {shown(url)}, expected a host, as in http://127.0.0.1:8001"
    if parts.query or parts.fragment or url[-1] in "?#":
        return f"got {shown(url)}, expected a URL without query and fragment"
    return None


def _hosts(table: Any) -> Iterator[Problem]:
    """Both sides of ``[compare] hosts`` are hosts, or both are origins."""
    for host, substitute in table.items() if isinstance(table, dict) else ():
        path: KeyPath = ("compare", "hosts", host)
        if not isinstance(substitute, str):
            continue
        problems = [text for side in (host, substitute) if (text := _host_problem(side))]
        if not problems and ("://" in host) != ("://" in substitute):
            problems = [f"{shown(host)} to {shown(substitute)}: a scheme on both sides, or on none"]
        yield from (Problem(path=path, text=text) for text in problems)


def _host_problem(text: str) -> str | None:
    if "://" not in text:
        expected = "expected a host, host:port or a URL without a path"
        return None if _is_host(text) else f"got {shown(text)}, {expected}"
    if problem := _malformed(text):
        return problem
    if urlsplit(text).path not in {"", "/"}:
        return f"got {shown(text)}, expected no path: hosts stand for each other, paths do not"
    return None


def _is_host(text: str) -> bool:
    found = _HOST.fullmatch(text)
    return found is not None and int(found["port"] or 1) in range(1, 65_536)


def _candidates(table: Mapping[str, Any], source: Source) -> Iterator[Problem]:
    seen: dict[str, tuple[str, KeyPath]] = {}
    for name, candidate in table.items():
        if not isinstance(candidate, dict):
            continue
        if isinstance(url := candidate.get("url"), str):
            yield from _url(("candidates", name, "url"), url)
        yield from check_candidate(("candidates", name), candidate)
        routes = candidate.get("routes", ["/**"])
        for index, route in enumerate(routes if isinstance(routes, list) else []):
            path = ("candidates", name, "routes", index)
            pattern = route.get("match") if isinstance(route, dict) else route
            if isinstance(pattern, str):
                yield from _pattern(name, path, pattern, seen, source)


def _pattern(
    name: str,
    path: KeyPath,
    pattern: str,
    seen: dict[str, tuple[str, KeyPath]],
    source: Source,
) -> Iterator[Problem]:
    if problem := _template_problem(pattern):
        yield Problem(path=path, text=problem)
        return
    template = parse(pattern)
    # "*" and a parameter differ for a table's names, but take the same requests
    key = f"{template.method or ''} {route_key(template.path)}"
    owner, first = seen.setdefault(key, (name, path))
    if first != path:
        where = f"{source.where(first)} gives it to {owner!r}"
        text = f"{shown(pattern)} is declared twice, {where}; keep one of them"
        yield Problem(path=path, text=text)


def _template_problem(pattern: str) -> str | None:
    try:
        parse(pattern)
    except TemplateError as error:
        return f"malformed pattern {error}"
    return None


def check_rules(document: Mapping[str, Any], source: Source) -> Iterator[Problem]:
    """Every problem in the meaning of a document's rules."""
    candidates = list(_table(document, "candidates"))
    ids: dict[str, KeyPath] = {}
    rules = document.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, dict):
            path: KeyPath = ("rules", index)
            yield from _rule_id(path, rule.get("id"), ids, source)
            yield from _rule_place(path, rule)
            name = rule.get("candidate")
            if isinstance(name, str) and name not in candidates:
                text = f"no candidate {name!r}; {hint(name, candidates)}"
                yield Problem(path=(*path, "candidate"), text=text)


def _rule_id(
    path: KeyPath, name: Any, ids: dict[str, KeyPath], source: Source
) -> Iterator[Problem]:
    if not isinstance(name, str):
        return
    if name.startswith(_BUILTIN):
        text = f"got {shown(name)}; the prefix {_BUILTIN!r} is reserved for built-in rules"
        yield Problem(path=(*path, "id"), text=text)
    first = ids.setdefault(name, path)
    if first != path:
        text = f"{shown(name)} is taken by the rule at {source.where(first)}; ids are unique"
        yield Problem(path=(*path, "id"), text=text)


def _rule_place(path: KeyPath, rule: Mapping[str, Any]) -> Iterator[Problem]:
    if "path" in rule and "header" in rule:
        yield Problem(path=path, text="has both 'path' and 'header', expected one of them")
    if not {"path", "header", "location"} & set(rule):
        yield Problem(path=path, text="lacks a place: a 'path', a 'header' or a 'location'")
    if isinstance(expires := rule.get("expires"), str) and not _is_day(expires):
        text = f"got {shown(expires)}, expected a day such as 2030-12-31"
        yield Problem(path=(*path, "expires"), text=text)
    if isinstance(route := rule.get("route"), str) and (problem := _template_problem(route)):
        yield Problem(path=(*path, "route"), text=problem)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _recording(table: Mapping[str, Any]) -> Iterator[Problem]:
    segment, whole = table.get("segment-bytes"), table.get("max-bytes")
    if isinstance(segment, int) and isinstance(whole, int) and segment > whole:
        text = f"got {segment}, more than max-bytes ({whole}); a recording has several segments"
        yield Problem(path=("recording", "segment-bytes"), text=text)


def _waivers(tables: Any) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, table in enumerate(tables if isinstance(tables, list) else []):
        if not isinstance(table, dict):
            continue
        path: KeyPath = ("waivers", index)
        if isinstance(until := table.get("until"), str) and not _is_day(until):
            text = f"got {shown(until)}, expected a day such as 2030-12-31"
            yield Problem(path=(*path, "until"), text=text)
        name = table.get("interaction")
        if isinstance(name, str) and name in seen:
            text = f"got {shown(name)} once more; another waiver is for this interaction"
            yield Problem(path=(*path, "interaction"), text=text)
        seen.add(str(name))


def _redacted_paths(paths: Any) -> Iterator[Problem]:
    for index, path in enumerate(paths if isinstance(paths, list) else []):
        if isinstance(path, str) and (text := path_problem(path)):
            yield Problem(path=("redact", "paths", index), text=text)


def _consumers(rules: Any) -> Iterator[Problem]:
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        if not isinstance(rule, dict):
            continue
        path: KeyPath = ("contracts", "consumers", index)
        kind = rule.get("kind")
        if kind == "header" and "header" not in rule:
            yield Problem(path=path, text="lacks 'header', the name of the header to look at")
        for key, of in (("query", "api-key"), ("claims", "bearer-claim")):
            if key in rule and kind != of:
                yield Problem(path=(*path, key), text=f"belongs to kind {of!r} only")


def _not_finite(path: KeyPath, value: Any) -> Iterator[Problem]:
    """TOML has ``nan`` and ``inf``; no setting has a use for them, and nan passes every bound."""
    if isinstance(value, float) and not math.isfinite(value):
        yield Problem(path=path, text=f"got {value}, expected a finite number")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _not_finite((*path, index), inner)
