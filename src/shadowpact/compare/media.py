"""What a body is: its media type, charset and content encodings, from its headers."""

import codecs
from email.message import Message
from functools import lru_cache
from typing import Literal

import msgspec

from shadowpact.model.exchange import Headers

type Format = Literal[
    "json",
    "json-lines",
    "xml",
    "html",
    "form",
    "multipart",
    "csv",
    "events",
    "text",
    "binary",
    "unknown",
]
"""How a body is compared."""

_FORMATS: dict[str, Format] = {
    "application/json": "json",
    "text/json": "json",
    "application/x-json": "json",
    "application/x-ndjson": "json-lines",
    "application/ndjson": "json-lines",
    "application/jsonl": "json-lines",
    "application/x-jsonlines": "json-lines",
    "application/jsonlines": "json-lines",
    "application/json-seq": "json-lines",
    "application/stream+json": "json-lines",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/html": "html",
    "application/x-www-form-urlencoded": "form",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/csv": "csv",
    "text/event-stream": "events",
    "application/jwt": "text",
    "application/javascript": "text",
    "application/x-javascript": "text",
    "application/ecmascript": "text",
    "application/graphql": "text",
    "application/yaml": "text",
    "application/x-yaml": "text",
    "application/toml": "text",
    "application/sql": "text",
    "application/x-sh": "text",
}


class MediaType(msgspec.Struct, frozen=True):
    """A Content-Type, taken apart.

    Attributes:
        name: ``application/json``, lower case; empty when there is none.
        parameters: Lower-case names, values as they are.
        format: How such a body is compared.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    format: Format

    def parameter(self, name: str) -> str | None:
        """The value of a parameter."""
        return dict(self.parameters).get(name)

    @property
    def charset(self) -> str | None:
        """Python's name for the charset; ``None`` when there is none or nobody knows it."""
        given = self.parameter("charset")
        try:
            return codecs.lookup(given).name if given else None
        except (LookupError, ValueError):
            return None


@lru_cache(maxsize=1024)
def parse_media_type(value: str) -> MediaType:
    """A Content-Type's value."""
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    name = value.partition(";")[0].strip().lower()
    pairs = message.get_params(failobj=[], unquote=True)[1:]
    parameters = tuple((key.lower(), _plain(text)) for key, text in pairs)
    return MediaType(name, parameters, format_of(name))


def _plain(value: str | tuple[str | None, str | None, str]) -> str:
    return value if isinstance(value, str) else value[2]


def format_of(name: str) -> Format:
    """How bodies of a media type are compared."""
    if "/" not in name:  # none, or nothing that is one
        return "unknown"
    if name in _FORMATS:
        return _FORMATS[name]
    if name.endswith("+json"):
        return "json"
    if name.endswith("+xml"):
        return "html" if name == "application/xhtml+xml" else "xml"
    if name.endswith("+jwt"):
        return "text"
    if name.startswith("multipart/"):
        return "multipart"
    return "text" if name.startswith("text/") or name.endswith("+yaml") else "binary"


class Content(msgspec.Struct, frozen=True):
    """What the headers say of a body.

    Attributes:
        media_type: The first Content-Type, taken apart.
        written: The same as it is written; empty when there is none.
        codings: The content encodings, lower case, in the order they were applied.
    """

    media_type: MediaType
    written: str
    codings: tuple[str, ...]


def content_of(headers: Headers) -> Content:
    """What an answer's headers say of its body, in one pass: every pair comes by here."""
    written: bytes | None = None
    codings: list[bytes] = []
    for name, value in headers:
        size = len(name)
        if size == 12 and written is None and name.lower() == b"content-type":
            written = value
        elif size == 16 and name.lower() == b"content-encoding":
            codings.append(value)
    return _content(written or b"", tuple(codings))


@lru_cache(maxsize=1024)
def _content(written: bytes, codings: tuple[bytes, ...]) -> Content:
    text = written.decode("utf-8", "replace")
    names = (name.strip().lower() for name in b",".join(codings).decode("latin-1").split(","))
    kept = tuple(name for name in names if name and name != "identity")
    return Content(parse_media_type(text), text, kept)
