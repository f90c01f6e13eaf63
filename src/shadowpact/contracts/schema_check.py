"""Check a body against a schema, and say in plain words where it departs from it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from shadowpact.contracts import paths
from shadowpact.contracts.formats import FORMATS
from shadowpact.contracts.infer import kind_of
from shadowpact.contracts.mismatch import Mismatch

_LIMIT: Final = 100
"""Problems of one body that are told."""

_SHOWN_CHARACTERS: Final = 120


def _checker() -> FormatChecker:
    """Formats as we read them ourselves; the library's need packages that may be missing."""
    checker = FormatChecker(formats=())
    for name in sorted({one.schema for one in FORMATS if one.schema}):
        kinds = [one for one in FORMATS if one.schema == name]

        def is_such(value: object, kinds: list[Any] = kinds) -> bool:
            return not isinstance(value, str) or any(one.accepts(value) for one in kinds)

        checker.checks(name)(is_such)
    return checker


_FORMAT_CHECKER: Final = _checker()


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """A validator that checks formats, too."""
    return Draft202012Validator(schema, format_checker=_FORMAT_CHECKER)


def problems(checks: Draft202012Validator, document: Any) -> list[Mismatch]:
    """Where a document departs from a schema, in the order of the places."""
    found: list[Mismatch] = []
    for error in checks.iter_errors(document):
        found.extend(_mismatches(error))
        if len(found) >= _LIMIT:
            break
    return sorted(found, key=lambda one: (one.path, one.message))


def _mismatches(error: ValidationError) -> Iterator[Mismatch]:
    steps = tuple(error.absolute_path)
    rule: Any = error.schema
    came: Any = error.instance
    if error.validator == "required":
        missing = [name for name in rule["required"] if name not in came]
        for name in missing:
            if error.message.startswith(repr(name)):  # one error comes for each
                path = paths.show((*steps, name))
                yield Mismatch(part="body", path=path, message=f"{path} is missing")
    elif error.validator == "additionalProperties":
        known = rule.get("properties") or {}
        for name in (name for name in came if name not in known):
            path = paths.show((*steps, name))
            message = f"{path} is there; the baseline never has it"
            actual = came[name]
            yield Mismatch(part="body", path=path, actual=actual, message=message)
    elif error.validator == "not":  # we say it of names that may not be there
        path = paths.show(steps)
        message = f"{path} is there; in such an element the baseline never has it"
        yield Mismatch(part="body", path=path, actual=came, message=message)
    else:
        path = paths.show(steps)
        yield Mismatch(
            part="body",
            path=path,
            expected=error.validator_value,
            actual=came,
            message=f"{path} {_said(error, rule)}",
        )


def _said(error: ValidationError, rule: Mapping[str, Any]) -> str:
    wanted: Any = error.validator_value
    shown = _short(error.instance)
    match error.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"is {shown} ({kind_of(error.instance)}), not {' or '.join(kinds)}"
        case "enum":
            return f"is {shown}, not one of {', '.join(map(_short, wanted))}"
        case "format":
            return f"is {shown}, which is no {wanted}"
        case "minItems":
            return "is empty, and never was"
        case "pattern" if "properties" not in rule:
            return f"is {shown}, which does not match {wanted}"
        case _:
            return f"does not hold: {error.message[:200]}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
