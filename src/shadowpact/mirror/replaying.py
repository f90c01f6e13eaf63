"""What a replay can be told about time, order and load."""

import msgspec

DEFAULT_CONCURRENCY = 16


class ReplaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of replays; each is an option of ``shadowpact replay`` too.

    Attributes:
        speed: 1 for the recorded speed, 10 for ten times as fast; ``None`` for as fast as the
            candidate answers.
        concurrency: Requests under way at once, at most.
        rate: Requests a second at most; ``None`` for no limit.
        longest_gap_s: Pauses in the recording are cut to this many seconds; ``None`` keeps them.
        session: What makes a session: ``cookie:NAME``, ``header:NAME`` or ``client``; ``None``
            takes the credential, else the session's cookie, else the client's connection.
        wait_for_ids_ms: How long a request waits at most for the answer that gives it its ids.
        stop_error_rate: Share of errors, 0 to 1, above which the candidate counts as down.
    """

    speed: float | None = None
    concurrency: int = DEFAULT_CONCURRENCY
    rate: float | None = None
    longest_gap_s: float | None = None
    session: str | None = None
    wait_for_ids_ms: int = 30_000
    stop_error_rate: float = 0.5
