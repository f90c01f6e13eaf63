"""Text by line, and bytes."""

import hashlib

from shadowpact.compare.found import Found
from shadowpact.compare.media import MediaType
from shadowpact.model.difference import Kind
from shadowpact.model.encoding import UndecodableError


def decode_text(body: bytes, media_type: MediaType) -> str:
    """The text of a body, by its charset, else UTF-8, else Latin-1.

    Raises:
        UndecodableError: It is not in the charset it says.
    """
    charset = media_type.charset
    try:
        return body.decode(charset or "utf-8")
    except UnicodeDecodeError as error:
        if charset is None:
            return body.decode("latin-1")
        raise UndecodableError(f"not {charset} at byte {error.start + 1}") from error
    except (LookupError, ValueError) as error:  # a codec that is not for text
        raise UndecodableError(f"charset {charset!r} does not give text") from error


def lines_of(text: str) -> list[str]:
    """The lines, each with its end."""
    parts = text.split("\n")
    lines = [f"{line}\n" for line in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def compare_bytes(baseline: bytes, candidate: bytes) -> list[Found]:
    """One difference at most: the bodies as a whole."""
    if baseline == candidate:
        return []
    kind: Kind = "value-changed" if len(baseline) == len(candidate) else "length-changed"
    return [Found(None, None, kind, described(baseline), described(candidate))]


def described(body: bytes) -> str:
    """``PNG, 1024 bytes, sha256 ...``: bytes for a person."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{detect(body)}, {len(body)} bytes, sha256 {digest[:16]}"


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x7fELF", "ELF"),
    (b"\x00asm", "WebAssembly"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    (b"fLaC", "FLAC"),
    (b"wOFF", "WOFF"),
    (b"wOF2", "WOFF2"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"SQLite format 3\x00", "SQLite"),
)


def detect(body: bytes) -> str:
    """What the first bytes say the body is."""
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    if body[:4] == b"RIFF" and body[8:12] in {b"WEBP", b"WAVE", b"AVI "}:
        return body[8:12].decode().strip()
    if body[4:8] == b"ftyp":
        return "AVIF" if body[8:12] == b"avif" else "MP4"
    return "bytes"
