"""Settings from the environment: ``SHADOWPACT_GATE_MIN_PAIRS`` overrides ``[gate] min-pairs``.

Every key that holds one value has such a name: section and key in upper case, joined by
underscores; for a candidate of the file ``SHADOWPACT_CANDIDATES_ORDERS_URL``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shadowpact.config.lines import KeyPath
from shadowpact.config.schema import schema

_PREFIX = "SHADOWPACT"
_SCALARS = {"string", "integer", "number", "boolean"}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


def variable_name(path: KeyPath) -> str:
    """The environment variable of a key path."""
    parts = [re.sub(r"[^A-Za-z0-9]", "_", str(part)).upper() for part in path]
    return "_".join([_PREFIX, *parts])


def override(document: dict[str, Any], environ: Mapping[str, str]) -> dict[KeyPath, str]:
    """Put what the environment says into the document.

    Returns:
        The variable of every key path that was set. A value that is no number where one is
        expected is put in as the text it is, for the schema to refuse.
    """
    done: dict[KeyPath, str] = {}
    for path, rule in _scalars(document):
        variable = variable_name(path)
        if variable not in environ:
            continue
        table = document
        for part in path[:-1]:
            table = table.setdefault(str(part), {})
        if isinstance(table, dict):
            table[str(path[-1])] = _typed(environ[variable], rule)
            done[path] = variable
    return done


def _scalars(document: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for section, part in schema()["properties"].items():
        if "properties" in part:
            yield from _of_table((section,), part)
        elif part["type"] == "object" and isinstance(document.get(section), dict):
            for name, table in document[section].items():
                if isinstance(table, dict):
                    yield from _of_table((section, name), part["additionalProperties"])


def _of_table(
    path: KeyPath, part: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for key, rule in part["properties"].items():
        kinds = rule.get("type", "string")
        if _SCALARS.intersection([kinds] if isinstance(kinds, str) else kinds):
            yield (*path, key), rule


def _typed(text: str, rule: Mapping[str, Any]) -> Any:
    kind = rule.get("type")
    if kind in {"integer", "number"} and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            return text
    return text
