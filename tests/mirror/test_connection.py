"""One connection, fed by hand, so that what comes is cut into pieces wherever it may be."""

import asyncio
import tracemalloc
from collections.abc import Sequence

import pytest

from shadowpact.mirror.answer import LONGEST_HEAD_BYTES, Answer, AnswerReader, MalformedError
from shadowpact.mirror.connection import READ_BYTES, Connection, LostError

CAP_BYTES = 1000


class Wire(asyncio.Transport):
    """Takes what is sent, and remembers whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.unsent = 0
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def get_write_buffer_size(self) -> int:
        return self.unsent


def connected() -> tuple[Connection, Wire]:
    connection = Connection(memoryview(bytearray(READ_BYTES)), cap_bytes=CAP_BYTES)
    wire = Wire()
    connection.connection_made(wire)
    return connection, wire


def feed(connection: Connection, piece: bytes) -> None:
    connection.get_buffer(-1)[: len(piece)] = piece
    connection.buffer_updated(len(piece))


async def asked(
    connection: Connection, pieces: Sequence[bytes], *, is_head: bool = False, ends: bool = False
) -> Answer:
    """What comes of an answer in pieces; ``ends`` closes the connection after the last."""
    asking = asyncio.ensure_future(connection.ask(b"GET / HTTP/1.1\r\n\r\n", is_head=is_head))
    await asyncio.sleep(0)
    for piece in pieces:
        feed(connection, piece)
    if ends:
        connection.connection_lost(None)
    return await asking


PLAIN = b"HTTP/1.1 200 OK\r\nServer: a b \t\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    b"3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n"
)
HINTED = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + PLAIN
FOLDED = b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n  b\r\nContent-Length: 5\r\n\r\nhello"
BARE = b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"


@pytest.mark.parametrize("answer", [PLAIN, CHUNKED, HINTED, FOLDED, BARE])
async def test_pieces_make_the_same_answer_wherever_they_are_cut(answer: bytes) -> None:
    connection, _ = connected()
    whole = await asked(connection, [answer])

    assert whole.body == b"hello"
    assert connection.is_reusable
    for at in range(1, len(answer)):
        assert await asked(connection, [answer[:at], answer[at:]]) == whole
    assert await asked(connection, [bytes([byte]) for byte in answer]) == whole
    assert connection.is_reusable


async def test_headers_keep_their_spelling_and_trailers_are_no_headers() -> None:
    connection, _ = connected()

    assert (await asked(connection, [PLAIN])).headers == (
        (b"Server", b"a b"),
        (b"X-Empty", b""),
        (b"Content-Length", b"5"),
    )
    assert (await asked(connection, [CHUNKED])).headers == (
        (b"Transfer-Encoding", b"chunked"),
        (b"Trailer", b"X-Sum"),
    )


async def test_after_an_answer_to_head_the_connection_can_be_used_again() -> None:
    connection, wire = connected()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"

    for _ in range(2):
        answer = await asked(connection, [head], is_head=True)
        assert (answer.status, answer.body) == (200, b"")
        assert connection.is_reusable
    assert (await asked(connection, [PLAIN])).body == b"hello"
    assert not wire.is_closed


async def test_a_body_after_an_answer_to_head_is_not_taken_for_the_next_answer() -> None:
    connection, _ = connected()

    assert (await asked(connection, [PLAIN], is_head=True)).body == b""
    assert not connection.is_reusable


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN.replace(b"Server: a b", b"Connection: close"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN + PLAIN,
        PLAIN + b"garbage",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello",
    ],
)
async def test_a_connection_that_may_not_be_used_again_is_not(answer: bytes) -> None:
    connection, _ = connected()

    assert (await asked(connection, [answer])).status in {101, 200}
    assert not connection.is_reusable


async def test_a_connection_kept_alive_by_an_old_server_is_used_again() -> None:
    connection, _ = connected()
    old = PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"Server: a b", b"Connection: keep-alive")

    await asked(connection, [old])

    assert connection.is_reusable


async def test_what_comes_unasked_ends_the_connection() -> None:
    connection, wire = connected()
    await asked(connection, [PLAIN])

    feed(connection, PLAIN)

    assert wire.is_closed
    assert not connection.is_open


async def test_a_request_that_was_answered_before_it_was_sent_ends_the_connection() -> None:
    connection, wire = connected()
    wire.unsent = 1

    await asked(connection, [PLAIN])

    assert not connection.is_reusable


async def test_without_a_length_the_end_of_the_connection_ends_the_answer() -> None:
    connection, _ = connected()
    answer = await asked(connection, [b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo"], ends=True)

    assert answer.body == b"hello"
    assert not connection.is_reusable


@pytest.mark.parametrize("cut", [0, 1, 20, len(PLAIN) - 1])
async def test_an_end_before_the_answers_is_a_loss(cut: int) -> None:
    connection, wire = connected()

    with pytest.raises(LostError) as raised:
        await asked(connection, [PLAIN[:cut]] if cut else [], ends=True)

    assert raised.value.is_unanswered is (cut == 0)
    assert wire.is_closed


async def test_headers_without_end_are_refused() -> None:
    connection, wire = connected()
    piece = b"HTTP/1.1 200 OK\r\nX: " + b"v" * 1000
    pieces = [piece] + [b"v" * 1000] * (LONGEST_HEAD_BYTES // 1000)

    with pytest.raises(MalformedError, match="262,144"):
        await asked(connection, pieces)

    assert wire.is_closed


async def test_hints_without_end_are_refused() -> None:
    connection, _ = connected()
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    with pytest.raises(MalformedError, match="262,144"):
        await asked(connection, [hint] * (LONGEST_HEAD_BYTES // len(hint) + 1))


async def test_who_stops_waiting_ends_the_connection() -> None:
    connection, wire = connected()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await connection.ask(b"GET / HTTP/1.1\r\n\r\n", is_head=False)

    assert wire.is_closed
    feed(connection, PLAIN)  # what comes still is nobody's


async def test_a_closed_connection_says_that_nothing_was_answered() -> None:
    connection, wire = connected()
    connection.close()

    with pytest.raises(LostError) as raised:
        await connection.ask(b"GET / HTTP/1.1\r\n\r\n", is_head=False)

    assert raised.value.is_unanswered
    assert wire.sent == b""


def test_a_body_in_tiny_pieces_takes_little_more_room_than_its_bytes() -> None:
    count = 100_000
    reader = AnswerReader(cap_bytes=10 * count)
    reader.begin(is_head=False)
    reader.feed(memoryview(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
    chunks = memoryview(b"2\r\nab\r\n" * count + b"0\r\n\r\n")
    tracemalloc.start()
    try:
        reader.feed(chunks)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (reader.answer().body, reader.answer().cut) == (b"ab" * count, None)
    assert most < 6 * count
