"""Reads answers in HTTP/1.1 as they come; llhttp knows the grammar."""

import httptools
import msgspec

from shadowpact.model.exchange import Cut, Headers
from shadowpact.model.tee import Tee

LONGEST_HEAD_BYTES = 256 * 1024
"""Of status line and headers together, interim answers included, before they are given up."""


MOST_PIECES = 4096
"""Of a body, before they are put together: each of them takes more room than a short one holds."""


class MalformedError(Exception):
    """What came is no answer in HTTP/1.1."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What came, with every byte as it was but for the framing.

    Attributes:
        status: The code.
        headers: Wire order and spelling, without trailers.
        body: Still content-encoded; its first bytes when it is cut.
        cut: Set when the body is longer than what is kept.
    """

    status: int
    headers: Headers
    body: bytes
    cut: Cut | None


class AnswerReader:
    """Reads one answer after another from one connection.

    Args:
        cap_bytes: Of a body, what is kept whole.

    Attributes:
        received: Bytes that came since :meth:`begin`.
        is_complete: The answer is whole.
        keeps_alive: The connection may be used again.
    """

    def __init__(self, *, cap_bytes: int) -> None:
        self._cap_bytes = cap_bytes
        self._parser = self._new_parser()
        self._is_head = False
        self._has_head = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._length = 0
        self._tee: Tee | None = None
        self.received = 0
        self.is_complete = False
        self.keeps_alive = False

    def begin(self, *, is_head: bool) -> None:
        """Expect another answer.

        Args:
            is_head: It answers HEAD: it has no body, whatever its headers say.
        """
        if self._is_head:
            self._parser = self._new_parser()  # the last one still waits for a body
        self._is_head = is_head
        self._has_head = False
        self._headers = []
        self._pieces = []
        self._length = 0
        self._tee = None
        self.received = 0
        self.is_complete = False
        self.keeps_alive = False

    def feed(self, data: memoryview) -> None:
        """Read on.

        Raises:
            MalformedError: It is no HTTP, or a head without end.
        """
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # nobody asked for that
            self.is_complete, self.keeps_alive = True, False
        except httptools.HttpParserError as error:
            self.keeps_alive = False
            if not self.is_complete:  # else the answer is whole, and something came after it
                raise MalformedError(str(error)) from None
        if not self._has_head and self.received >= LONGEST_HEAD_BYTES:
            raise MalformedError(f"headers of over {LONGEST_HEAD_BYTES:,} bytes")

    def end(self) -> None:
        """Nothing more will come: that ends an answer that does not say its length."""
        self.keeps_alive = False
        if self._has_head and _ends_with_connection(self._headers):
            self.is_complete = True

    def answer(self) -> Answer:
        """The whole answer."""
        pieces = self._pieces
        body, cut = pieces[0] if len(pieces) == 1 else b"".join(pieces), None
        if self._tee is not None:
            body, cut = self._tee.body()
        return Answer(self._status, tuple(self._headers), body, cut)

    # what the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is passed over."""
        if not self._has_head:
            self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The head is whole; that of an interim answer is passed over."""
        if self.is_complete:
            self.keeps_alive = False  # a second answer to one request
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:  # RFC 9110, 15.2
            return
        self._status = status
        self._has_head = True
        self.keeps_alive = self._parser.should_keep_alive()
        self.is_complete = self._is_head

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self.is_complete:
            self.keeps_alive = False  # an answer to HEAD has none
            return
        if self._tee is not None:
            self._tee(body)
            return
        self._pieces.append(body)
        self._length += len(body)
        if self._length > self._cap_bytes or len(self._pieces) > MOST_PIECES:
            self._tee = Tee(keep_bytes=self._cap_bytes)
            for piece in self._pieces:
                self._tee(piece)
            self._pieces = []

    def on_message_complete(self) -> None:
        """An answer is whole, or an interim one that is not kept."""
        if self._has_head:
            self.is_complete = True
        else:
            self._headers = []

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            lenient_headers=True,  # some monoliths fold lines, or send bytes that are no text
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        return parser


def _ends_with_connection(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether an answer has no other end; RFC 9112, 6.3."""
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length":
            return False
        if lower == b"transfer-encoding" and value.lower().endswith(b"chunked"):
            return False
    return True
