import struct
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Cut, Exchange, Failure
from shadowpact.recording.frames import (
    MAGIC,
    MAX_FRAME_BYTES,
    PREAMBLE,
    VERSION,
    FrameEncoder,
    SegmentHeader,
    decode_exchange,
    decode_preamble,
    encode_preamble,
    frames,
)
from support.build import exchange, request, response

HEADER = SegmentHeader(recording="abc", segment=3, first_sequence=17, created_us=5)

EXCHANGES = (
    exchange(),
    exchange(request(headers=((b"A", b"\xff\x00"), (b"a", b""))), response(None, 304, body=b"")),
    exchange(answered=Failure(kind="reset", message="gone", elapsed_ms=3.5)),
    exchange(
        answered=response(
            body=b"head", cut=Cut(reason="over-cap", length_bytes=9**12, sha256=bytes(32))
        )
    ),
)


def payloads(content: bytes) -> list[bytes | None]:
    found = frames(memoryview(content))
    return [None if frame.payload is None else bytes(frame.payload) for frame in found]


def framed(payload: bytes) -> bytes:
    return struct.pack("<II", len(payload), zlib.crc32(payload)) + payload


@pytest.mark.parametrize("value", EXCHANGES)
def test_an_exchange_comes_back_as_it_was(value: Exchange) -> None:
    (frame,) = frames(memoryview(bytes(FrameEncoder().encode(value))))

    assert frame.payload is not None
    assert decode_exchange(frame.payload) == value


def test_a_frame_is_length_crc_and_payload_in_little_endian() -> None:
    frame = bytes(FrameEncoder().encode(exchange()))
    payload = msgspec.msgpack.encode(exchange())

    assert frame == framed(payload)


def test_the_buffer_is_used_again_for_longer_and_shorter_values() -> None:
    encoder = FrameEncoder()
    values = [exchange(request(body=b"x" * size)) for size in (0, 5000, 3, 200_000, 0)]

    content = b"".join(bytes(encoder.encode(value)) for value in values)

    found = [decode_exchange(memoryview(p)) for p in payloads(content) if p]
    assert found == values


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.data())
def test_a_buffer_cut_anywhere_holds_exactly_its_whole_frames(
    contents: list[bytes], data: st.DataObject
) -> None:
    parts = [framed(content) for content in contents]
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    expected = [
        content
        for index, content in enumerate(contents)
        if sum(map(len, parts[: index + 1])) <= cut
    ]

    assert payloads(whole[:cut]) == expected


def test_a_payload_that_does_not_match_its_crc_is_passed_over() -> None:
    damaged = bytearray(framed(b"one"))
    damaged[-1] ^= 1

    assert payloads(bytes(damaged) + framed(b"two")) == [None, b"two"]


def test_a_damaged_crc_is_passed_over_too() -> None:
    damaged = bytearray(framed(b"one"))
    damaged[5] ^= 1

    assert payloads(bytes(damaged) + framed(b"two")) == [None, b"two"]


@pytest.mark.parametrize("length", [0, MAX_FRAME_BYTES + 1, 0xFFFFFFFF])
def test_an_impossible_length_ends_the_frames(length: int) -> None:
    content = framed(b"one") + struct.pack("<II", length, 0) + framed(b"two")

    assert payloads(content) == [b"one"]


def test_a_tail_of_zeros_as_a_crashed_machine_leaves_it_holds_no_frame() -> None:
    assert payloads(framed(b"one") + bytes(4096)) == [b"one"]


@pytest.mark.parametrize("payload", [b"\xc1", b"\x90", msgspec.msgpack.encode({"a": 1}), b"\x93"])
def test_a_payload_that_is_no_exchange_is_none(payload: bytes) -> None:
    assert decode_exchange(memoryview(payload)) is None


def test_a_later_field_at_the_end_does_not_hinder_reading() -> None:
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(exchange()))
    payload = msgspec.msgpack.encode([*fields, "a field of a later version"])

    assert decode_exchange(memoryview(payload)) == exchange()


def test_an_exchange_without_the_optional_fields_is_read() -> None:
    request_fields = ["GET", "http", "monolith.test", "/", "HTTP/1.1"]
    found = decode_exchange(memoryview(msgspec.msgpack.encode([5, "c1", request_fields])))

    assert found is not None
    assert (found.request.headers, found.request.body, found.response) == ((), b"", None)


def test_a_segment_starts_with_magic_version_and_its_header() -> None:
    content = encode_preamble(HEADER)

    assert content[:8] == b"SHPACT\r\n" == MAGIC
    assert content[8:12] == b"\x01\x00\x00\x00"
    assert decode_preamble(memoryview(content), where="here") == (HEADER, len(content))


def test_a_beginning_cut_anywhere_is_not_there_yet() -> None:
    content = encode_preamble(HEADER)

    found = {decode_preamble(memoryview(content[:n]), where="x") for n in range(len(content))}
    assert found == {None}


def test_another_kind_of_file_is_named_with_what_to_do() -> None:
    with pytest.raises(RecordingError, match=r"orders\.har: not a recording.*recordings import"):
        decode_preamble(memoryview(b'{"log": {"entries": []}}'), where="orders.har")


def test_a_segment_from_the_future_asks_for_an_update() -> None:
    content = PREAMBLE.pack(MAGIC, VERSION + 1) + b"whatever comes then"

    with pytest.raises(RecordingError, match=r"format 2 is newer.*update shadowpact"):
        decode_preamble(memoryview(content), where="x")


def test_a_header_that_is_whole_but_no_header_is_an_error() -> None:
    content = PREAMBLE.pack(MAGIC, VERSION) + framed(b"\x01")

    with pytest.raises(RecordingError, match="header is damaged"):
        decode_preamble(memoryview(content), where="x")
