"""The published JSON Schema, and what it has to say about a document."""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from shadowpact.config.problems import Problem, hint, nearest, shown

_FILE = "shadowpact.schema.json"
_TYPES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


@cache
def schema() -> dict[str, Any]:
    """The schema of ``shadowpact.toml`` (draft 2020-12)."""
    text = files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def check(document: Mapping[str, Any], *, only: Collection[str] | None = None) -> Iterator[Problem]:
    """Everything in which a document departs from the schema.

    Args:
        document: As TOML gives it.
        only: The sections that this document may have; ``None`` for all.
    """
    rule = schema()
    if only is not None:
        rule = {**rule, "properties": {name: rule["properties"][name] for name in only}}
    for error in Draft202012Validator(rule).iter_errors(document):
        yield from _problems(error)


def _problems(error: ValidationError) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    rule = cast("dict[str, Any]", error.schema)
    instance: Any = error.instance
    got = "a value" if rule.get("writeOnly") else shown(instance)  # it is a secret
    match error.validator:
        case "additionalProperties":
            known = list(rule["properties"])
            for key in sorted(set(instance) - set(known)):
                yield Problem(path=(*path, key), text=f"unknown key; {_key_hint(key, known)}")
        case "required":
            # one error comes per missing key, and repetitions are dropped when it is raised
            for key in (key for key in rule["required"] if key not in instance):
                what = rule["properties"][key]
                yield Problem(path=path, text=f"lacks {key!r}, {expected(what)}")
        case "enum":
            known = [str(choice) for choice in rule["enum"]]
            text = f"got {shown(instance)}, expected {expected(rule)}"
            close = nearest(str(instance), known)
            yield Problem(path=path, text=f"{text}; did you mean {close!r}?" if close else text)
        case _ if list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:
            text = f"got the name {shown(instance)}, expected {expected(rule)}"
            yield Problem(path=(*path, str(instance)), text=text)
        case _:
            yield Problem(path=path, text=f"got {got}, expected {expected(rule)}")


def _key_hint(key: str, known: list[str]) -> str:
    """The nearest key here; else the table elsewhere that has a key of this name."""
    if nearest(key, known) is None:
        for table, keys in _tables().items():
            if (elsewhere := nearest(key, keys)) is not None and elsewhere == key:
                return f"{key!r} belongs in {table}"
    return hint(key, known)


@cache
def _tables() -> dict[str, list[str]]:
    """Every table of the schema with its keys."""
    tables = {}
    for name, part in schema()["properties"].items():
        if "properties" in part:
            tables[f"[{name}]"] = list(part["properties"])
        elif part["type"] == "array":
            tables[f"[[{name}]]"] = list(part["items"]["properties"])
        else:
            tables[f"[{name}.NAME]"] = list(part["additionalProperties"]["properties"])
    return tables


def expected(rule: Mapping[str, Any]) -> str:
    """What a schema asks of a value, in words."""
    if "title" in rule:
        return str(rule["title"])
    if "enum" in rule:
        choices = [f'"{choice}"' for choice in rule["enum"]]
        if len(choices) == 1:
            return choices[0]
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    kinds = rule.get("type", "object")
    text = " or ".join(_TYPES[k] for k in ([kinds] if isinstance(kinds, str) else kinds))
    low, high = rule.get("minimum"), rule.get("maximum")
    if low is not None and high is not None:
        return f"{text} from {low} to {high}"
    return text if low is None else f"{text} of at least {low}"
