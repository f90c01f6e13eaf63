"""Finds requests in a recording that grows, for credentials that log in with one."""

from collections.abc import Iterator
from pathlib import Path

from shadowpact.credentials import first_request
from shadowpact.model.exchange import Request
from shadowpact.recording.reader import Follower
from shadowpact.secrets import Sealer


class RecordedRequests:
    """Looks through a recording from its beginning, and later from where it ended.

    Args:
        folder: Of segments.
        sealer: Opens sealed credentials.
    """

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer
        self._followers: dict[str, Follower] = {}

    def first(self, pattern: str) -> Request | None:
        """The first request that fits, ``POST /login``; ``None`` as long as there is none."""
        return first_request(self._unread(pattern), pattern)

    def close(self) -> None:
        """Let go of the files."""
        for follower in self._followers.values():
            follower.close()

    def _unread(self, pattern: str) -> Iterator[Request]:
        follower = self._followers.get(pattern)
        if follower is None:
            follower = self._followers[pattern] = Follower(self._folder)
        while found := follower.read():
            for one in found:
                if one.exchange is not None:
                    yield self._sealer.open(one.exchange).request
