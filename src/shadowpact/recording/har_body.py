"""The bodies of a HAR's entry, as bytes: decoded texts, base64, fields of a form.

A body that cannot be told byte for byte is cut, and never taken for an empty one.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Cut, Headers, header, media_type
from shadowpact.recording.captured import not_recorded

_CHARSET = re.compile(r"(?i);\s*charset\s*=\s*[\"']?([\w.:+-]+)")
_BOUNDARY = re.compile(r"(?i)boundary=(?:\"([^\"]+)\"|([^\s;]+))")
_REPLACEMENT = "\ufffd".encode()
_LATIN = frozenset({"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"})
"""What browsers read as windows-1252, which has more letters."""
_WINDOWS_1252 = {
    ord(letter): byte
    for byte in range(0x80, 0xA0)
    if (letter := bytes([byte]).decode("cp1252", "ignore"))
}
_MAGIC = {"gzip": b"\x1f\x8b\x08", "x-gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd"}
"""How a body begins that is still encoded, be it damaged."""
_FORM = "application/x-www-form-urlencoded"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class EntryError(ValueError):
    """An entry cannot become an exchange; the text is the reason it is counted under."""


def posted(method: str, table: Mapping[str, Any], headers: Headers) -> tuple[bytes, Cut | None]:
    """The body of an entry's ``request``."""
    found = table.get("postData")
    data = found if isinstance(found, dict) else {}
    text, params = data.get("text"), data.get("params")
    known = max(_sizes(table.get("bodySize"), header(headers, b"content-length")), default=None)
    if isinstance(text, str) and text:
        body: bytes | None = text_bytes(data, headers)
        if _is_lost(data, body or b"", known):
            body = None
    elif isinstance(params, list) and params:
        body = _of_fields(params, header(headers, b"content-type") or data.get("mimeType"), known)
    elif text:  # anything but a text
        body = None
    else:
        is_missing = known or _announces(method, headers, is_told=bool(data) or known is not None)
        body = None if is_missing else b""
    return (b"", not_recorded(known or 0)) if body is None else (body, None)


def received(table: Mapping[str, Any], headers: Headers) -> tuple[bytes, Cut | None]:
    """The body of an entry's ``response``."""
    found = table.get("content")
    content = found if isinstance(found, dict) else {}
    length = header(headers, b"content-length")
    sizes = _sizes(content.get("size"), table.get("bodySize"), length)
    if isinstance(content.get("text"), str):
        body = text_bytes(content, headers)
        size = max(_sizes(content.get("size")), default=None)
        if _is_lost(content, body, size):
            return b"", not_recorded(size or 0)
        if body or not size:
            return body, None
    if sizes and not max(sizes):
        return b"", None
    return b"", not_recorded(max(sizes, default=0))


def as_decoded(headers: Headers, body: bytes) -> Headers:
    """Headers that fit a body which was decoded: no Content-Encoding, the length it has now.

    A body that still is what they say keeps its encoding.
    """
    applied = codings(headers)
    is_encoded = bool(applied) and _is_encoded(body, applied)
    kept = []
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-encoding" and body and not is_encoded:
            continue
        kept.append((name, b"%d" % len(body)) if lower == b"content-length" else (name, value))
    return tuple(kept)


def text_bytes(table: Mapping[str, Any], headers: Headers) -> bytes:
    """The bytes behind ``text``: base64, or in the charset of the message.

    Raises:
        EntryError: The base64 is malformed.
    """
    text = table.get("text")
    if not isinstance(text, str):
        return b""
    if _is_base64(table):
        return from_base64(text)
    declared = header(headers, b"content-type") or str(table.get("mimeType") or "")
    found = None if "json" in media_type(headers) else _CHARSET.search(declared)
    charset = found[1].lower() if found else ""
    # the entry's size may be that of its text; where a charset is said, it tells nothing more
    length = _plain_length(headers, None if charset else table.get("size"))
    return _encoded(text, charset, length)


def _encoded(text: str, charset: str, length: int | None) -> bytes:
    """A text in its charset; its length tells whether the browser took it for another one."""
    first: bytes | None = None
    encodings = (charset, "utf-8", "") if charset not in _LATIN else (charset, "", "utf-8")
    for encoding in encodings if charset else ("utf-8", ""):
        try:
            body = to_bytes(text) if encoding == "utf-8" else _in_charset(text, encoding)
        except (LookupError, UnicodeError):
            continue
        if length is None or len(body) == length:
            return body
        first = body if first is None else first
    return to_bytes(text) if first is None else first


def _in_charset(text: str, charset: str) -> bytes:
    """In a charset; without a name, in that which browsers take for the default."""
    return text.encode(charset) if charset else text.translate(_WINDOWS_1252).encode("latin-1")


def _plain_length(headers: Headers, said: Any) -> int | None:
    """How long a body was on the wire, without content encoding, where that is said."""
    length = None if codings(headers) else header(headers, b"content-length")
    sizes = _sizes(length) or _sizes(said)
    return sizes[0] if sizes and sizes[0] else None


def from_base64(text: str) -> bytes:
    """The bytes of a base64 text, which may be in lines.

    Raises:
        EntryError: It is none.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise EntryError("malformed base64") from None


def to_bytes(text: str) -> bytes:
    """In UTF-8; lone surrogates stand for bytes, as mitmproxy has them, or for themselves."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _sizes(*values: Any) -> tuple[int, ...]:
    """Those sizes in bytes that are known."""
    return tuple(size for value in values for size in _size(value))


def _size(value: Any) -> Iterator[int]:
    try:
        size = int(value)
    except (TypeError, ValueError, OverflowError):
        return
    if size >= 0:
        yield size


def _is_base64(table: Mapping[str, Any]) -> bool:
    return str(table.get("encoding") or "").lower() == "base64"


def _is_lost(table: Mapping[str, Any], body: bytes, known: int | None) -> bool:
    """Whether the bytes were no text and went through one.

    What could not be decoded became replacement characters.
    """
    is_odd = bool(known) and _REPLACEMENT in body and len(body) != known
    return is_odd and not _is_base64(table)


def _announces(method: str, headers: Headers, *, is_told: bool) -> bool:
    """Whether a request without a body in the file must have had one, or may have."""
    media = media_type(headers)
    if method not in _WITH_BODY or header(headers, b"content-length") is not None:
        return False
    return media.startswith("multipart/") or (bool(media) and not is_told)


def _is_encoded(body: bytes, applied: Sequence[str]) -> bool:
    magic = _MAGIC.get(applied[-1])
    if magic is not None:
        return body.startswith(magic)
    try:
        return not body.isascii() and bool(decode(body, applied))
    except UndecodableError:
        return False


def _of_fields(params: Sequence[Any], declared: Any, known: int | None) -> bytes | None:
    """The body that has these fields; ``None`` when that cannot be said."""
    fields = [item for item in params if isinstance(item, dict) and "name" in item]
    content_type = str(declared or _FORM)
    media = content_type.partition(";")[0].strip().lower()
    if media.startswith("multipart/"):
        return _multipart(fields, content_type)
    if media == _FORM:
        return urlencode([(str(f["name"]), str(f.get("value") or "")) for f in fields]).encode()
    if media.endswith(("/json", "+json")):
        return _object(fields, known)
    return None


def _object(fields: Sequence[Mapping[str, Any]], known: int | None) -> bytes | None:
    """A JSON object that was taken apart into its members; its length tells whether this is it."""
    document = {str(field["name"]): field.get("value") for field in fields}
    body = to_bytes(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    return body if len(body) == known else None


def _multipart(fields: Sequence[Mapping[str, Any]], content_type: str) -> bytes | None:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or any(one.get("fileName") and not one.get("value") for one in fields):
        return None  # what was in the file is not here
    mark = boundary[1] or boundary[2]
    return to_bytes("".join([*(_part(mark, field) for field in fields), f"--{mark}--\r\n"]))


def _part(mark: str, field: Mapping[str, Any]) -> str:
    disposition = f'form-data; name="{field["name"]}"'
    if field.get("fileName"):
        disposition += f'; filename="{field["fileName"]}"'
    lines = [f"--{mark}", f"Content-Disposition: {disposition}"]
    if field.get("contentType"):
        lines.append(f"Content-Type: {field['contentType']}")
    return "\r\n".join([*lines, "", str(field.get("value") or ""), ""])
