"""The id of one thing on two sides: what is bound, what was rewritten for it, what is missing."""

import re

import msgspec

from shadowpact.model.exchange import Request

UNKNOWN_ALIAS = "unknown-alias"
"""Why an exchange is incomparable that uses an id that the side may know by another name."""

type Scalar = str | int
"""A JSON string or integer: what an id or a token is."""

TOKEN = "token"  # noqa: S105  the name of a kind
COOKIE = "cookie:"
"""A kind that starts so is the value of the cookie whose name follows."""

_is_jwt = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*").fullmatch

BESIDE = "\t"
"""Stands in the names of sides that are asked beside a candidate, and in no candidate's."""


def side_of(candidate: str, side: str) -> str:
    """The name of a side that is asked beside a candidate: the baseline asked anew, or a twin."""
    return f"{candidate}{BESIDE}{side}"


class AliasRow(msgspec.Struct, frozen=True, kw_only=True):
    """One binding as the store keeps it; ``(candidate, kind, scope, recorded)`` names it.

    Attributes:
        candidate: The side that gave ``side``; a candidate's name, or what :func:`side_of` says.
        kind: What sort of thing: ``order``, ``token``, ``cookie:sid``.
        scope: The session in which it was learnt.
        recorded: The id in the recording, ``12``.
        side: The same thing's id on the side.
        confirmations: Times the two stood for each other, the creation included.
        conflicts: Times something else stood there.
        is_demoted: Whether it is no longer used, as evidence contradicts it.
        is_closed: Whether the thing was deleted, so its id may be given anew.
        learnt_from: Id of the exchange it was learnt from.
        last_seen_us: When the last exchange that used it started, microseconds since the epoch.
    """

    candidate: str
    kind: str
    scope: str
    recorded: Scalar
    side: Scalar
    confirmations: int = 0
    conflicts: int = 0
    is_demoted: bool = False
    is_closed: bool = False
    learnt_from: str = ""
    last_seen_us: int = 0

    @property
    def is_secret(self) -> bool:
        """Whether the values are credentials, which are sealed before they are stored."""
        return is_secret(self.kind, self.recorded, self.side)


class AliasCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How the ids of one side went.

    Attributes:
        bound: Ids bound and in use.
        conflicts: Bindings no longer used, as evidence contradicts them.
        unknown: Uses of a recorded id whose counterpart is not known.
    """

    bound: int = 0
    conflicts: int = 0
    unknown: int = 0


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a recorded request that was replaced for a side.

    Attributes:
        where: ``path``, ``query:NAME``, ``header:NAME``, ``cookie:NAME``, ``form:NAME``, ``text``,
            or the JSON path of a leaf in the body.
        kind: What sort of thing.
        recorded: The value in the recording.
        sent: What the side gets instead.
        learnt_from: Id of the exchange that bound them.
    """

    where: str
    kind: str
    recorded: Scalar
    sent: Scalar
    learnt_from: str

    @property
    def is_secret(self) -> bool:
        """Whether the values must not be shown."""
        return is_secret(self.kind, self.recorded, self.sent)


class UnknownAlias(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded id in a request whose counterpart on the side is not known.

    Attributes:
        where: As in :class:`Replacement`.
        kind: What sort of thing.
        recorded: The value in the recording.
        is_certain: It is known why: its creation failed or was not mirrored, or the evidence is
            contradictory. Otherwise it is only likely that the side has another id for it; an
            equal answer then is an equal answer.
        differs: Whether other ids of this kind are known to differ on the side. Where none does,
            the sides may share their data, and the recorded id is good.
        reason: ``awaited``, ``failed``, ``not-mirrored``, ``conflict`` or ``never-seen``.
    """

    where: str
    kind: str
    recorded: Scalar
    is_certain: bool
    differs: bool
    reason: str


class Rewritten(msgspec.Struct, frozen=True, kw_only=True):
    """A request as a side gets it.

    Attributes:
        request: The same object when nothing was replaced.
        replacements: In the order of target, headers, body.
        unknown: Recorded ids that could not be replaced.
        is_reformatted: The body had to be written anew as a whole (compact JSON), as its parts
            could not be told apart.
    """

    request: Request
    replacements: tuple[Replacement, ...] = ()
    unknown: tuple[UnknownAlias, ...] = ()
    is_reformatted: bool = False


def is_secret(kind: str, *values: Scalar) -> bool:
    """Whether values of this kind are credentials: tokens, cookies, anything that is a JWT."""
    return (
        kind == TOKEN
        or kind.startswith(COOKIE)
        or any(isinstance(value, str) and _is_jwt(value) is not None for value in values)
    )
