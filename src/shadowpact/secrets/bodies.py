"""Bodies taken apart by media type for redaction, and put together again."""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote_plus, unquote_plus

import brotli
import zstandard

from shadowpact.model.encoding import MAX_DECODED_BYTES, UndecodableError, decode
from shadowpact.model.exchange import Headers, header, media_type
from shadowpact.secrets.places import is_json
from shadowpact.secrets.texts import TextRedactor

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))""", re.IGNORECASE)
_PART_NAME = re.compile(r"""\bname\s*=\s*(?:"([^"]*)"|([^\s;]+))""", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""How a text begins that says its encoding itself."""
_BINARY_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ZIP, _GZIP, _ZLIB = b"PK\3\4", b"\x1f\x8b", (b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_FORM = "application/x-www-form-urlencoded"
_LOOKS_LIKE_A_FORM = re.compile(
    r"[\w.~%+\[\]-]+=[^\s&=<>\"{}]*(?:&[\w.~%+\[\]-]+=[^\s&=<>\"{}]*)*"
).fullmatch


class UnreadableBodyError(ValueError):
    """A body that cannot be looked into as text, and has something in it that must not stay."""


def redact_body(
    body: bytes, headers: Headers, redactor: TextRedactor, paths: Sequence[str]
) -> bytes:
    """A body, without content encoding, with everything replaced that must not stay.

    Args:
        body: Decoded; not empty.
        headers: Of the message.
        redactor: Replaces and counts.
        paths: Into JSON documents.

    Raises:
        UnreadableBodyError: It is binary and has something in it that cannot be replaced there.
    """
    media = media_type(headers)
    if media.startswith("multipart/"):
        found = _BOUNDARY.search(header(headers, b"content-type") or "")
        if found is not None:
            return _multipart(body, (found[1] or found[2]).encode(), redactor, paths)
    charset = _charset(body, header(headers, b"content-type") or "")
    if charset is None:
        return _binary(body, redactor, paths)
    text = body.decode(charset)
    done = _text(text, media, redactor, paths)
    return body if done == text else done.encode(charset, "xmlcharrefreplace")


def is_text(body: bytes, headers: Headers) -> bool:
    """Whether a body, without content encoding, can be looked into."""
    return _charset(body, header(headers, b"content-type") or "") is not None


def encode(body: bytes, applied: Sequence[str]) -> bytes:
    """The inverse of :func:`shadowpact.model.encoding.decode`; the same bytes every time."""
    for coding in applied:
        body = _ENCODERS[coding](body)
    return body


def _text(text: str, media: str, redactor: TextRedactor, paths: Sequence[str]) -> str:
    bare = text.removeprefix("\ufeff")
    if is_json(bare):
        return text[: len(text) - len(bare)] + redactor.json(bare, paths)
    if media == _FORM or (not media and _LOOKS_LIKE_A_FORM(text)):
        return redact_pairs(text, redactor)
    return redactor.lines(text, paths)


def redact_pairs(text: str, redactor: TextRedactor) -> str:
    """A query or form, pair by pair; what is not replaced keeps its spelling."""
    place, done = redactor.place, list[str]()
    for pair in text.split("&"):
        name, equals, value = pair.partition("=")
        plain_name, plain = unquote_plus(name), unquote_plus(value)
        redactor.place = place
        new_name = redactor.text(plain_name)
        redactor.place = f"{place} {plain_name}" if new_name == plain_name else place
        new = redactor.named(plain_name, plain) if equals else plain
        done.append(
            (name if new_name == plain_name else quote_plus(new_name))
            + equals
            + (value if new == plain else quote_plus(new, safe="@"))
        )
    redactor.place = place
    return "&".join(done)


def _multipart(body: bytes, boundary: bytes, redactor: TextRedactor, paths: Sequence[str]) -> bytes:
    parts = body.split(b"--" + boundary)
    return (b"--" + boundary).join(
        _part(part, redactor, paths) if 0 < number < len(parts) - 1 else part
        for number, part in enumerate(parts)
    )


def _part(part: bytes, redactor: TextRedactor, paths: Sequence[str]) -> bytes:
    split = re.search(rb"\r?\n\r?\n", part)
    if split is None:
        return part
    head, gap, content = part[: split.start()], split[0], part[split.end() :]
    end = b"\r\n" if content.endswith(b"\r\n") else b"\n" if content.endswith(b"\n") else b""
    content = content.removesuffix(end)
    text = head.decode("utf-8", "surrogateescape")
    found = _PART_NAME.search(text)
    name = (found[1] or found[2] or "") if found else ""
    media = re.search(r"content-type:\s*([^\r\n]+)", text, re.IGNORECASE)
    place, redactor.place = redactor.place, f"{redactor.place} {name}".rstrip()
    try:
        done = _content(content, name, media[1] if media else "", redactor, paths)
        shown = redactor.text(text)
    finally:
        redactor.place = place
    return shown.encode("utf-8", "surrogateescape") + gap + done + end


def _content(
    content: bytes, name: str, media: str, redactor: TextRedactor, paths: Sequence[str]
) -> bytes:
    charset = _charset(content, media)
    if not content or charset is None:
        return _binary(content, redactor, paths) if content else content
    text = content.decode(charset)
    if is_json(text) and text.lstrip()[:1] in {"{", "["}:
        return redactor.json(text, paths).encode(charset)
    done = redactor.named(name, text) if "\n" not in text else redactor.lines(text, paths)
    return content if done == text else done.encode(charset, "xmlcharrefreplace")


def _binary(body: bytes, redactor: TextRedactor, paths: Sequence[str]) -> bytes:
    """What is no text stays as it is, unless something stands in it that must not."""
    text = body.decode("latin-1")
    packed = (one.decode("utf-8", "replace") for one in _unpacked(body))
    if redactor.text(text, layer=99) != text or any(
        _text(one, "", redactor, paths) != one for one in packed
    ):
        raise UnreadableBodyError("something that must not stay is in a binary body")
    return body


def _unpacked(body: bytes) -> Iterator[bytes]:
    """What is in a body that is packed without a header that says so."""
    try:
        if body.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                for name in archive.namelist():
                    with archive.open(name) as member:
                        yield member.read(MAX_DECODED_BYTES)
        elif body.startswith(_GZIP) or body[:2] in _ZLIB:
            yield decode(body, ("gzip" if body.startswith(_GZIP) else "deflate",))
    except (UndecodableError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
        return  # looks like one and is none, or needs a password


def _charset(body: bytes, content_type: str) -> str | None:
    """In which the body is text; ``None`` when it is none."""
    found = _CHARSET.search(content_type)
    marked = next((name for mark, name in _MARKS if body.startswith(mark)), None)
    for name in (marked or (found[1] if found else "utf-8"), "utf-8"):
        try:
            text = body.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
        return name if not _BINARY_BYTES.search(text.encode("utf-8", "replace")) else None
    is_text = content_type.lower().startswith("text/") or "xml" in content_type.lower()
    return "latin-1" if is_text and not _BINARY_BYTES.search(body) else None


def _gzip(body: bytes) -> bytes:
    """Without a time in it."""
    stream = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return stream.compress(body) + stream.flush()


def _zstd(body: bytes) -> bytes:
    compressed: bytes = zstandard.ZstdCompressor().compress(body)
    return compressed


def _brotli(body: bytes) -> bytes:
    compressed: bytes = brotli.compress(body, quality=5)
    return compressed


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": zlib.compress,
    "br": _brotli,
    "zstd": _zstd,
}
