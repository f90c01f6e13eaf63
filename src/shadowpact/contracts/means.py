"""What stands between the verifier and the provider, apart from the network."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.states import StateHandler
from shadowpact.model.exchange import Request, Response

type Ask = Callable[[Request], Response]
"""Asks the provider; raises when there is no answer."""


class Credentials(Protocol):
    """Puts credentials into requests; called from threads."""

    def apply(self, request: Request) -> Request:
        """The request with the credential.

        Raises:
            CredentialError: There is none to be had.
        """
        ...

    def refused(self, request: Request) -> bool:
        """Told of a 401 or 403; True when there is a new credential and asking again has a point.

        Raises:
            CredentialError: A new one was wanted, and there is none to be had.
        """
        ...


class Session(Protocol):
    """The earlier requests that an interaction needs, as they were recorded."""

    @property
    def length(self) -> int:
        """How many requests are sent before the interaction's own."""
        ...

    @property
    def position(self) -> int:
        """Where the interaction's own stands in the recording; they are verified in this order."""
        ...

    def play(self, request: Request, ask: Ask) -> Response:
        """Send the earlier requests, then the interaction's in the provider's ids.

        Args:
            request: The interaction's, as the pact has it.
            ask: Asks the provider.

        Returns:
            The answer to it, in the recording's ids.

        Raises:
            StateError: One of the earlier requests went otherwise than recorded.
        """
        ...


class Sessions(Protocol):
    """The sessions of a recording."""

    def of(self, interaction: Mapping[str, Any]) -> Session | None:
        """The session of an interaction; ``None`` when it is in none."""
        ...


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """How interactions are made ready. All are optional.

    Attributes:
        states: Sets provider states up.
        credentials: Puts credentials into the requests that had some.
        sessions: Knows what was asked before.
        reset: Brings the provider's data to where it began, before each interaction; raises
            :class:`.states.StateError`.
        shape: What the candidate wants otherwise than the baseline, of requests in no session:
            a session does so itself.
    """

    states: StateHandler | None = None
    credentials: Credentials | None = None
    sessions: Sessions | None = None
    reset: Callable[[], None] | None = None
    shape: Callable[[Request], Request] | None = None

    @property
    def wants_order(self) -> bool:
        """Whether interactions would disturb each other when run at once."""
        return any((self.states, self.reset, self.sessions))


NO_MEANS = Means()

type Judge = Callable[[int, Response], Sequence[Mismatch]]
"""What an answer lacks besides what Pact says, by the interaction's number."""


def nothing_besides(_number: int, _answer: Response) -> Sequence[Mismatch]:
    """The judge that leaves all to Pact."""
    return ()
