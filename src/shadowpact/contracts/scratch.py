"""An interaction as Pact's verifier is given it, and what it is not asked to judge.

The verifier sends some requests otherwise than the pact says, fails a body that is ``null``
whatever comes, and takes integers beyond 64 bits for decimals. What it is given avoids the first
two; what it cannot see is looked at here.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shadowpact.contracts import paths
from shadowpact.contracts.interaction import notes_of
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.relay import NUMBER_HEADER
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Response

_NOT_GIVEN: Final = frozenset(
    {"connection", "content-length", "keep-alive", "proxy-connection", "te", "transfer-encoding"}
)
"""With a length of the pact's the verifier sends a request that is none; others are one hop's."""

_GIVEN_BY_RELAY: Final = "accept-encoding"
"""The verifier sends its own besides."""

_LIMIT_BYTES: Final = 64 * 1024 * 1024
_PACTS_INTEGERS: Final = (-(2**63), 2**64 - 1)


def label(number: int) -> str:
    """What the interaction of a number is called, so that its result finds it."""
    return f"interaction {number}"


def given(
    pact: Mapping[str, Any], number: int, *, has_states: bool = False, is_direct: bool = False
) -> dict[str, Any]:
    """A pact of one interaction as the verifier gets it.

    Args:
        pact: With one interaction.
        number: Its place among those that are run.
        has_states: Whether states are set up, so that their values may go into the path.
        is_direct: Whether no relay is in between, who needs to know whose request it is.
    """
    interaction = dict(pact["interactions"][0])
    interaction["description"] = label(number)
    if is_direct:
        return {**pact, "interactions": [interaction]}
    interaction["request"] = _request(interaction, number, has_states=has_states)
    if expects_null(interaction):
        response = {k: v for k, v in interaction["response"].items() if k != "body"}
        interaction["response"] = response
    return {**pact, "interactions": [interaction]}


def _request(
    interaction: Mapping[str, Any], number: int, *, has_states: bool
) -> dict[str, Any] | Any:
    request = interaction.get("request")
    if not isinstance(request, dict):
        return request
    headers = {
        name: value
        for name, value in (request.get("headers") or {}).items()
        if name.lower() not in _NOT_GIVEN and name.lower() != _GIVEN_BY_RELAY
    }
    made = {**request, "headers": {**headers, NUMBER_HEADER: str(number)}}
    if isinstance(path := request.get("path"), str):
        made["path"] = path.replace("?", "%3F").replace("#", "%23")
        if has_states and (expression := _path_of_states(interaction)):
            generators = dict(request.get("generators") or {})
            generators.setdefault("path", {"type": "ProviderState", "expression": expression})
            made["generators"] = generators
    return made


def _path_of_states(interaction: Mapping[str, Any]) -> str:
    """The path with the route's parameters as the state's handler may name them anew."""
    template = notes_of(interaction).route.partition(" ")[2].split("/")
    path = str(interaction["request"]["path"]).split("/")
    params: dict[str, Any] = {}
    for state in interaction.get("providerStates") or ():
        params |= state.get("params") or {}
    names = [part.strip("{}") for part in template if part.startswith("{")]
    if len(template) != len(path) or not names or len(set(names)) != len(names):
        return ""
    if not all(name in params for name in names):
        return ""
    parts = [
        f"${{{part.strip('{}')}}}" if part.startswith("{") else there
        for part, there in zip(template, path, strict=True)
    ]
    return "/".join(parts)


def accept_encoding(interaction: Mapping[str, Any]) -> str | None:
    """What the pact asks for; ``None`` when it leaves it to the verifier."""
    headers = (interaction.get("request") or {}).get("headers") or {}
    for name, value in headers.items():
        if name.lower() == _GIVEN_BY_RELAY:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return None


def expects_null(interaction: Mapping[str, Any]) -> bool:
    """Whether the answer is to be the JSON document ``null``."""
    body = (interaction.get("response") or {}).get("body")
    return (
        isinstance(body, dict)
        and "content" in body
        and body["content"] is None
        and "json" in str(body.get("contentType", ""))
    )


def unseen(interaction: Mapping[str, Any], answer: Response) -> list[Mismatch]:
    """What does not match, and Pact's verifier does not see."""
    if answer.status != (interaction.get("response") or {}).get("status", answer.status):
        return []
    large = list(_large(interaction))
    if not large and not expects_null(interaction):
        return []
    try:
        came = json.loads(decode(answer.body, codings(answer.headers), limit_bytes=_LIMIT_BYTES))
    except (ValueError, UndecodableError):
        if expects_null(interaction):
            return [_mismatch("$", None, None, "the body is no JSON, not null")]
        return []
    if expects_null(interaction):
        return [] if came is None else [_mismatch("$", None, came, "the body is not null")]
    return [
        _mismatch(path, wanted, found, f"{path} is {found}, not {wanted}")
        for path, wanted in large
        for found in paths.values_at(came, paths.parse(path))
        if isinstance(found, int) and found != wanted
    ]


def _mismatch(path: str, expected: Any, actual: Any, message: str) -> Mismatch:
    return Mismatch(part="body", path=path, expected=expected, actual=actual, message=message)


def _large(interaction: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Integers that are asked for as they are, and too large for Pact."""
    response = interaction.get("response") or {}
    body = response.get("body")
    content = body.get("content") if isinstance(body, dict) else None
    found = list(_integers(content, ()))
    if not found:
        return
    rules = (response.get("matchingRules") or {}).get("body") or {}
    ruled = [paths.place(path) for path in rules]
    for steps, value in found:
        if not any(paths.is_within(steps, rule) for rule in ruled):
            yield paths.show(steps), value


def _integers(value: Any, steps: paths.Steps) -> Iterator[tuple[paths.Steps, int]]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _integers(held, (*steps, name))
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from _integers(held, (*steps, index))
    elif isinstance(value, int) and not _PACTS_INTEGERS[0] <= value <= _PACTS_INTEGERS[1]:
        yield steps, value
