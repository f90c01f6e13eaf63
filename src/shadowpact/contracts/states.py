"""Provider states: what the verifier asks for before an interaction, and who makes it so.

The verifier tries a handler that answers 5xx eight times, with pauses that double (about two
minutes a state), and says only that "one or more" handlers failed. Our server asks once, answers
422 instead, which ends the interaction at once, and remembers the reason.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Protocol, Self

from shadowpact.contracts.loopback import Loopback
from shadowpact.errors import ShadowpactError
from shadowpact.model.exchange import Request, Response

_JSON = ((b"content-type", b"application/json"),)
_SHOWN_CHARACTERS = 200

type Params = Mapping[str, Any]


class StateError(ShadowpactError):
    """A provider state could not be made so; the text is the reason."""


class StateHandler(Protocol):
    """Makes provider states so; called from threads, one interaction at a time."""

    def set_up(self, state: str, params: Params) -> Mapping[str, Any]:
        """Make it so.

        Returns:
            Values for the interaction's generators; empty for none.

        Raises:
            StateError: It could not be done, and why.
        """
        ...

    def tear_down(self, state: str, params: Params) -> None:
        """Undo it.

        Raises:
            StateError: It could not be done, and why.
        """
        ...


class UrlStates:
    """Asks the user's URL, with the calls that Pact's verifier makes."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        """Take the URL and the seconds one call may take."""
        self.url = url
        self.timeout_s = timeout_s

    def set_up(self, state: str, params: Params) -> Mapping[str, Any]:
        """See :class:`StateHandler`."""
        return self._ask("setup", state, params)

    def tear_down(self, state: str, params: Params) -> None:
        """See :class:`StateHandler`."""
        self._ask("teardown", state, params)

    def _ask(self, action: str, state: str, params: Params) -> Mapping[str, Any]:
        body = json.dumps({"action": action, "state": state, "params": params}).encode()
        request = urllib.request.Request(
            self.url, data=body, headers={"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:
                told = answer.read()
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
            reason = f"the state handler answered {error.code} {text}".strip()
            raise StateError(reason) from error
        except (OSError, ValueError) as error:
            reason = f"the state handler cannot be asked: {getattr(error, 'reason', error)}"
            raise StateError(reason) from error
        try:
            values = json.loads(told)
        except ValueError:
            return {}  # a handler without values to give may answer anything
        return values if isinstance(values, dict) else {}


class StateServer:
    """What Pact's verifier asks; passes it on to a handler, does nothing without one."""

    def __init__(self, handler: StateHandler | None) -> None:
        """Take the handler; nothing is opened yet."""
        self.handler = handler
        self.failures: dict[str, str] = {}
        """Reasons, by :func:`state_id`."""
        self.url: str | None = None
        """What the verifier is given; ``None`` without a handler."""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start listening on a free port of the loopback."""
        if self.handler is not None:
            self.url = self._open.enter_context(Loopback(self._answer)).url
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._open.close()

    def call(self, body: bytes) -> tuple[int, bytes]:
        """Answer one call of the verifier.

        Returns:
            200 and the values the handler gave (a JSON object), or 422 and the reason.
        """
        named = json.loads(body)
        state, params = str(named.get("state") or ""), named.get("params") or {}
        if not state or self.handler is None:
            return 200, b"{}"  # the interaction has no state; the handler is not asked
        action = "teardown" if named.get("action") == "teardown" else "setup"
        try:
            if action == "teardown":
                self.handler.tear_down(state, params)
                return 200, b"{}"
            return 200, json.dumps(dict(self.handler.set_up(state, params))).encode()
        except BaseException as error:  # noqa: BLE001 - pytest.fail too; the thread has nobody else
            reason = str(error) if isinstance(error, StateError) else _named(error)
            self.failures[state_id(state, params)] = f"{action} of {state!r}: {reason}"
            return 422, reason.encode()

    def _answer(self, request: Request) -> Response:
        status, body = self.call(request.body)
        return Response(status=status, headers=_JSON, body=body)

    def failure(self, states: object) -> str | None:
        """Why one of an interaction's states failed; ``None`` when none did."""
        reasons = [
            self.failures.get(state_id(str(one.get("name")), one.get("params") or {}))
            for one in (states if isinstance(states, list) else ())
            if isinstance(one, dict)
        ]
        return "; ".join(reason for reason in reasons if reason) or None


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def state_id(state: str, params: Params) -> str:
    """Name and parameters as one text."""
    return json.dumps([state, params], sort_keys=True)
