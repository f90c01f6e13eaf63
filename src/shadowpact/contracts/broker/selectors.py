"""Which consumer versions a provider verifies, in the words of Pact's selectors."""

import json
from typing import Any, Final

from shadowpact.errors import UsageError

_FLAGS: Final = {
    "main-branch": "mainBranch",
    "matching-branch": "matchingBranch",
    "deployed": "deployed",
    "released": "released",
    "deployed-or-released": "deployedOrReleased",
    "latest": "latest",
}
_VALUES: Final = {
    "branch": "branch",
    "fallback-branch": "fallbackBranch",
    "tag": "tag",
    "fallback-tag": "fallbackTag",
    "environment": "environment",
    "consumer": "consumer",
}

USUAL: Final = ({"mainBranch": True}, {"deployedOrReleased": True})
"""What a provider should hold to when nobody says more: the next version, and those in use."""


def selector(text: str) -> dict[str, Any]:
    """One selector, ``deployed``, ``branch=main,consumer=web``, or Pact's own JSON.

    Raises:
        UsageError: It is none.
    """
    if text.lstrip().startswith("{"):
        return _from_json(text)
    made: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals and name in _FLAGS:
            made[_FLAGS[name]] = True
        elif equals and value and name in _VALUES:
            made[_VALUES[name]] = value
        else:
            known = [*_FLAGS, *(f"{known}=..." for known in _VALUES)]
            raise UsageError(f"--selector {text!r}: {part!r} is none of {', '.join(known)}")
    return made


def _from_json(text: str) -> dict[str, Any]:
    try:
        made = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--selector {text!r} is no JSON: {error}") from error
    return dict(made)
