"""A body flows through untouched while its length, hash and first bytes are kept."""

import hashlib

from shadowpact.model.exchange import Cut

HEAD_BYTES = 64 * 1024
"""First bytes kept of a body that is not kept whole; enough to tell what it was."""


class Tee:
    """Lets every piece of a body pass and remembers a bounded part; a mitmproxy stream function."""

    def __init__(self, *, keep_bytes: int, reason: str = "over-cap") -> None:
        """Keep a body of at most ``keep_bytes`` whole, else its first bytes and ``reason``."""
        self._keep_bytes = keep_bytes
        self._reason = reason
        self._kept = bytearray()
        self._length = 0
        self._hash = hashlib.sha256()

    def __call__(self, data: bytes) -> bytes:
        """Take note of a piece; an empty one ends the body."""
        self._length += len(data)
        self._hash.update(data)
        room = max(self._keep_bytes, HEAD_BYTES) - len(self._kept)
        if room > 0:
            self._kept += data[:room]
        return data

    def body(self) -> tuple[bytes, Cut | None]:
        """What is known of the body so far: all of it, or its first bytes and what was cut."""
        if self._length <= self._keep_bytes:
            return bytes(self._kept), None
        cut = Cut(reason=self._reason, length_bytes=self._length, sha256=self._hash.digest())
        return bytes(self._kept[:HEAD_BYTES]), cut
