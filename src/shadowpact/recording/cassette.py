"""Cassettes of vcrpy, Ruby's VCR and betamax, in YAML and in JSON."""

from collections.abc import Iterator
from typing import Any

from shadowpact.errors import RecordingError
from shadowpact.model.encoding import codings
from shadowpact.model.exchange import Exchange, header
from shadowpact.recording.cassette_entry import EntryError, is_interaction, to_exchange
from shadowpact.recording.cassette_yaml import End, YamlTextError, interactions
from shadowpact.recording.json_array import ArrayReader
from shadowpact.recording.json_stream import JsonText, JsonTextError
from shadowpact.recording.skipped import TORN, Skipped
from shadowpact.recording.streams import ByteStream

ARRAYS = ("interactions", "http_interactions")
"""Names of the list, for vcrpy and for the others; very old cassettes are just the list."""


def read_cassette(stream: ByteStream, where: str) -> Iterator[Exchange | Skipped]:
    """The interactions of a cassette, one by one, in the order of the file.

    Args:
        stream: The file, from its beginning.
        where: Names it in errors.

    Yields:
        One for each interaction.

    Raises:
        RecordingError: It is no cassette; says where and why.
    """
    source = _Again(stream)
    is_json = source.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}
    held: Exchange | Skipped | None = None
    end: End | None = None
    for found in _json(source, where) if is_json else _yaml(source, where):
        if isinstance(found, End):
            end = found
            continue
        if held is not None:
            yield held
        held = _exchange(found)
    if end is None:
        raise RecordingError(f"{where}: is no cassette: expected a list of interactions")
    if held is not None:
        is_whole = end.is_closed or _looks_whole(held, source, is_list=end.is_list)
        yield held if is_whole else Skipped(TORN)


def _looks_whole(last: Exchange | Skipped, source: "_Again", *, is_list: bool) -> bool:
    """Whether the last interaction is not cut off: YAML may end at any line, and still be YAML."""
    if not source.last_bytes.endswith(b"\n"):
        return False
    response = None if isinstance(last, Skipped) else last.response
    if response is None or is_list or codings(response.headers):
        return response is not None
    length = header(response.headers, b"content-length") or ""
    is_known = length.isdecimal() and response.cut is None and response.body
    return not is_known or len(response.body) >= int(length)


def _exchange(found: Any) -> Exchange | Skipped:
    if isinstance(found, Skipped):
        return found
    try:
        return to_exchange(found)
    except EntryError as error:
        return Skipped(str(error))


def _json(stream: ByteStream, where: str) -> Iterator[Any]:
    reader = ArrayReader(JsonText(stream), arrays=ARRAYS, is_element=is_interaction, mark="request")
    try:
        yield from reader.read()
    except JsonTextError as error:
        place = f"{where}:{error.line}:{error.column}"
        raise RecordingError(
            f"{place}: is not JSON, as this cassette has to be: {error.problem}"
        ) from error
    if reader.has_array:
        yield End(is_closed=True, is_list=False)


def _yaml(stream: ByteStream, where: str) -> Iterator[Any]:
    try:
        yield from interactions(stream, ARRAYS)
    except YamlTextError as error:
        raise RecordingError(f"{where}: is not YAML, as a cassette has to be: {error}") from error


class _Again:
    """A stream whose beginning was looked at, and whose end is remembered."""

    def __init__(self, stream: ByteStream) -> None:
        self.head = stream.read(4096)
        self.last_bytes = self.head[-1:]
        self._stream = stream
        self._is_begun = False

    def read(self, size: int = -1, /) -> bytes:
        """As :class:`ByteStream`; the beginning comes first, however much is asked for."""
        if not self._is_begun:
            self._is_begun = True
            return self.head
        data = self._stream.read(size)
        self.last_bytes = data[-1:] or self.last_bytes
        return data
