import gzip
import time
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from shadowpact.model.encoding import (
    REMEMBERED,
    ExpandsTooFarError,
    UndecodableError,
    UnknownCodingError,
    codings,
    decode,
)
from shadowpact.model.exchange import Headers

TEXT = b"an answer that is worth packing, " * 200


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def header(value: str) -> Headers:
    return ((b"Content-Encoding", value.encode()),)


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
]


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_every_coding_is_taken_off(coding: str, pack: Callable[[bytes], bytes]) -> None:
    assert decode(pack(TEXT), [coding], limit_bytes=len(TEXT)) == TEXT
    assert decode(pack(b""), [coding]) == b""


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@pytest.mark.parametrize("spoil", [lambda d: d[:-2], lambda d: b"xx" + d, lambda d: d[:3]])
def test_broken_bytes_are_named(
    coding: str, pack: Callable[[bytes], bytes], spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(UndecodableError):
        decode(spoil(pack(TEXT)), [coding])


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_encoded_at_all_is_refused(coding: str) -> None:
    with pytest.raises(UndecodableError):
        decode(b"\xff plain text", [coding])


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_a_body_that_expands_too_far_is_stopped(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(ExpandsTooFarError, match="decodes to more than 99999 bytes"):
        decode(pack(b"\0" * 100_000), [coding], limit_bytes=99_999)


def test_stacked_codings_come_off_in_reverse_order() -> None:
    body = brotli.compress(gzip.compress(TEXT))

    assert decode(body, codings(header("gzip, BR"))) == TEXT


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
def test_several_members_are_one_body(coding: str, pack: Callable[[bytes], bytes]) -> None:
    large = bytes(range(256)) * 4096

    assert decode(pack(b"a") + pack(large) + pack(b"b"), [coding]) == b"a" + large + b"b"


@pytest.mark.parametrize("count", [1, 2, 600])
def test_zero_padding_behind_the_last_gzip_member_is_legal(count: int) -> None:
    assert decode(gzip.compress(TEXT) + b"\0" * count, ["gzip"]) == TEXT


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_anything_else_behind_the_end_is_refused(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(UndecodableError):
        decode(pack(TEXT) + b"\0more", [coding])


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
def test_thousands_of_empty_members_take_no_quadratic_time(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    start = time.process_time()
    decoded = decode(pack(b"") * 100_000, [coding])

    assert decoded == b""
    assert time.process_time() - start < 5


def test_an_empty_body_needs_no_decoding() -> None:
    assert decode(b"", ["gzip"]) == b""


def test_a_coding_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownCodingError, match="'compress' is not supported"):
        decode(b"x", ["compress"])


def test_a_tower_of_codings_is_refused() -> None:
    with pytest.raises(UndecodableError, match="9 stacked"):
        decode(b"x", ["gzip"] * 9)


def test_identity_is_no_coding() -> None:
    assert codings(header("identity, gzip")) == ("gzip",)
    assert codings(()) == ()
    assert decode(TEXT, ["identity"]) == TEXT


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_a_body_that_was_decoded_just_now_is_the_same_and_bounded_as_before(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(TEXT)
    plain = decode(packed, [coding])

    assert decode(bytes(bytearray(packed)), [coding]) is plain
    assert decode(packed, [coding, "identity"]) == TEXT
    with pytest.raises(ExpandsTooFarError):
        decode(packed, [coding], limit_bytes=len(TEXT) - 1)


def test_what_one_coding_makes_of_a_body_is_not_taken_for_another() -> None:
    packed = gzip.compress(TEXT)
    decode(packed, ["gzip"])

    with pytest.raises(UndecodableError):
        decode(packed, ["deflate"])


def test_only_the_last_bodies_are_remembered() -> None:
    bodies = [gzip.compress(b"%d" % number) for number in range(2 * REMEMBERED)]
    first = decode(bodies[0], ["gzip"])
    for number, body in enumerate(bodies):
        assert decode(body, ["gzip"]) == b"%d" % number

    assert decode(bodies[0], ["gzip"]) is not first
