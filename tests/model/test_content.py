import gzip
import zlib

import brotli
import pytest
import zstandard

from shadowpact.model.content import ContentError, codings, decoded
from shadowpact.model.exchange import Headers

PLAIN = b"hello " * 1000


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


ENCODED = {
    "gzip": gzip.compress(PLAIN),
    "x-gzip": gzip.compress(PLAIN),
    "deflate": zlib.compress(PLAIN),
    "br": brotli.compress(PLAIN),
    "zstd": zstandard.ZstdCompressor().compress(PLAIN),
}


def encoding(value: str) -> Headers:
    return ((b"Content-Encoding", value.encode()),)


@pytest.mark.parametrize("name", ENCODED)
def test_every_coding_is_undone(name: str) -> None:
    assert decoded(encoding(name), ENCODED[name], limit_bytes=len(PLAIN)) == PLAIN


@pytest.mark.parametrize("name", ENCODED)
def test_a_body_that_grows_above_the_limit_is_refused(name: str) -> None:
    with pytest.raises(ContentError, match="larger than 5999 bytes"):
        decoded(encoding(name), ENCODED[name], limit_bytes=len(PLAIN) - 1)


@pytest.mark.parametrize("name", ENCODED)
def test_a_body_that_ends_too_early_is_refused(name: str) -> None:
    with pytest.raises(ContentError):
        decoded(encoding(name), ENCODED[name][:-2], limit_bytes=len(PLAIN))


@pytest.mark.parametrize("name", ENCODED)
def test_a_body_that_is_not_encoded_at_all_is_refused(name: str) -> None:
    with pytest.raises(ContentError):
        decoded(encoding(name), b"\xff plain text", limit_bytes=len(PLAIN))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_several_members_are_one_body(name: str) -> None:
    assert decoded(encoding(name), ENCODED[name] * 2, limit_bytes=2 * len(PLAIN)) == PLAIN * 2


def test_deflate_without_the_zlib_wrapper_is_understood() -> None:
    assert decoded(encoding("deflate"), raw_deflate(PLAIN), limit_bytes=len(PLAIN)) == PLAIN


def test_codings_are_undone_last_first() -> None:
    body = brotli.compress(gzip.compress(PLAIN))

    assert decoded(encoding("gzip, BR"), body, limit_bytes=len(PLAIN)) == PLAIN


def test_an_unknown_coding_is_named() -> None:
    with pytest.raises(ContentError, match="'lzma' is unknown"):
        decoded(encoding("lzma"), b"x", limit_bytes=10)


def test_an_empty_body_needs_no_decoding() -> None:
    assert decoded(encoding("gzip"), b"", limit_bytes=10) == b""


def test_identity_is_no_coding() -> None:
    assert codings(encoding("identity, gzip")) == ("gzip",)
