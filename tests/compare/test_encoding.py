import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from shadowpact.compare.encoding import (
    ExpandsTooFarError,
    UndecodableError,
    UnknownCodingError,
    decode,
)

TEXT = b"an answer that is worth packing, " * 200


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


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
    assert decode(pack(TEXT), [coding]) == TEXT
    assert decode(pack(b""), [coding]) == b""


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@pytest.mark.parametrize("spoil", [lambda d: d[:-5], lambda d: b"xx" + d, lambda d: d[:3]])
def test_broken_bytes_are_named(
    coding: str, pack: Callable[[bytes], bytes], spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(UndecodableError):
        decode(spoil(pack(TEXT)), [coding])


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_a_body_that_expands_too_far_is_stopped(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(ExpandsTooFarError):
        decode(pack(b"\0" * 1_000_000), [coding], limit=100_000)


def test_stacked_codings_come_off_in_reverse_order() -> None:
    assert decode(brotli.compress(gzip.compress(TEXT)), ["gzip", "br"]) == TEXT


def test_several_members_are_one_body() -> None:
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), ["gzip"]) == b"ab"
    assert decode(zstandard.compress(b"a") + zstandard.compress(b"b"), ["zstd"]) == b"ab"


def test_an_empty_body_needs_no_decoding() -> None:
    assert decode(b"", ["gzip"]) == b""


def test_a_coding_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownCodingError, match="'compress' is not supported"):
        decode(b"x", ["compress"])


def test_a_tower_of_codings_is_refused() -> None:
    with pytest.raises(UndecodableError, match="9 stacked"):
        decode(b"x", ["gzip"] * 9)
