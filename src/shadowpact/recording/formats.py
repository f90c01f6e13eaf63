"""Any recording, whoever made it: its format is told by content, then by suffix."""

import codecs
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from shadowpact.errors import RecordingError, UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.frames import MAGIC
from shadowpact.recording.reader import Recorded, read
from shadowpact.recording.segments import SUFFIX, Position, segment_files
from shadowpact.recording.skipped import TORN, Skipped
from shadowpact.recording.streams import ByteStream, FileStream

SNIFFED_BYTES = 64 * 1024


class Format(StrEnum):
    """What sort of recording it is."""

    FOLDER = "folder"
    SEGMENT = "segment"
    HAR = "har"
    MITM = "mitm"
    GOREPLAY = "goreplay"
    CASSETTE = "cassette"


type Reader = Callable[[ByteStream, str], Iterator[Exchange | Skipped]]

_SUFFIXES = {
    SUFFIX: Format.SEGMENT,
    ".har": Format.HAR,
    ".mitm": Format.MITM,
    ".flow": Format.MITM,
    ".flows": Format.MITM,
    ".dump": Format.MITM,
    ".gor": Format.GOREPLAY,
    ".yml": Format.CASSETTE,
    ".yaml": Format.CASSETTE,
}
_FOUND_IN_FOLDERS = (SUFFIX, ".har", ".mitm", ".flow", ".flows", ".gor")
"""Suffixes that only recordings have."""

_FLOW = re.compile(rb"\d{1,10}:\d{1,9}:[a-z_]+;")
_GOREPLAY = re.compile(
    rb"[1-3] \S{1,64} \d{1,20}(?: -?\d+)?\r?\n|[^\0]*?\n\xf0\x9f\x90\xb5\xf0\x9f\x99\x88"
)
_HAR = re.compile(
    r'\s*\{(?=.*?"log"\s*:\s*\{)(?=.*?"(?:entries|creator)"\s*:)|\s*\{\s*"(?:entries"\s*:\s*\[|startedDateTime"|_initiator")'
    r'|\s*\{(?=.*?"request"\s*:\s*\{)(?=.*?"startedDateTime"\s*:)',
    re.DOTALL,
)
_JSON_CASSETTE = re.compile(
    r'\s*(?:\{(?=[^{\[]*?"(?:http_)?interactions"\s*:\s*\[)|\[\s*\{\s*"re(?:quest|sponse)"\s*:)'
)
_YAML_CASSETTE = re.compile(
    r"(?:(?:http_)?interactions:|-[^\n]*\n?[ ]+request:|- *request:)", re.MULTILINE
)


def kind_of(path: Path) -> Format | None:
    """What sort of recording a path names; ``None`` when it is none.

    Raises:
        UsageError: There is nothing there.
        RecordingError: It cannot be read.
    """
    if path.is_dir():
        return Format.FOLDER if segment_files(path) else None
    return kind_by_content(path) or _kind_by_suffix(path)


def kind_by_content(path: Path) -> Format | None:
    """What the beginning of a file says that it is.

    Raises:
        UsageError: There is nothing there, or nothing that can be read twice.
        RecordingError: It cannot be read.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such recording")
    if not path.is_file() and not path.is_dir():
        raise UsageError(f"{path}: is a pipe or a device, expected a file or a folder")
    with FileStream(path) as stream:
        return _sniffed(stream.read(SNIFFED_BYTES))


def looks_like_recording(path: Path) -> bool:
    """Whether the suffix of a file is one that only recordings have."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(_FOUND_IN_FOLDERS)


def open_recording(path: Path) -> Iterator[Recorded]:
    """All entries of a finished recording, in order.

    Every entry comes as one :class:`Recorded`: with its exchange, or with the reason why there is
    none. The offset of its position tells how far the file is read.

    Raises:
        UsageError: There is nothing there, an extra is missing, or the file is of a version that
            cannot be read.
        RecordingError: It is no recording, or cannot be read.
    """
    kind = kind_of(path)
    if kind is None and path.is_dir():
        kind = Format.FOLDER  # whose reader says what it misses
    if kind in {Format.FOLDER, Format.SEGMENT}:
        yield from read(path)
    elif kind is None:
        raise RecordingError(
            f"{path}: not a recording in a format that is read here (own folder or .rec, HAR, "
            "mitmproxy flow dump, GoReplay, VCR or betamax cassette)"
        )
    else:
        yield from _imported(path, _reader(kind))


def _kind_by_suffix(path: Path) -> Format | None:
    suffixes = [one for one in path.suffixes if one.lower() != ".gz"]
    return _SUFFIXES.get(suffixes[-1].lower()) if suffixes else None


def _sniffed(head: bytes) -> Format | None:
    if head.startswith(MAGIC):
        return Format.SEGMENT
    if _FLOW.match(head):
        return Format.MITM
    if _GOREPLAY.match(head):
        return Format.GOREPLAY
    text = _text(head)
    if _JSON_CASSETTE.match(text):
        return Format.CASSETTE
    if text.lstrip().startswith("{"):
        return Format.HAR if _HAR.match(text) else None
    return Format.CASSETTE if _is_yaml_cassette(text) else None


def _is_yaml_cassette(text: str) -> bool:
    """Whether a YAML text has interactions, or a list of them, at its outermost level."""
    lines = [
        line
        for line in text.splitlines()
        if line.strip() and not line.startswith(("#", "---", "%"))
    ]
    if not re.search(r"^\s+(?:- )?(?:method|uri|url)\s*:", text, re.MULTILINE):
        return False
    top = "\n".join(line for line in lines if not line.startswith("    "))
    return _YAML_CASSETTE.search(top) is not None


def _text(head: bytes) -> str:
    for bom, encoding in (
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (codecs.BOM_UTF8, "utf-8-sig"),
    ):
        if head.startswith(bom):
            return head.decode(encoding, "ignore")
    return head.decode("utf-8", "replace")


def _reader(kind: Format) -> Reader:
    """The reader of a format; only what is needed is imported."""
    # each brings libraries of its own, and mitmproxy need not be there
    if kind is Format.HAR:
        from shadowpact.recording.har import read_har  # noqa: PLC0415  see above

        return read_har
    if kind is Format.GOREPLAY:
        from shadowpact.recording.goreplay import read_goreplay  # noqa: PLC0415  see above

        return read_goreplay
    if kind is Format.CASSETTE:
        from shadowpact.recording.cassette import read_cassette  # noqa: PLC0415  see above

        return read_cassette
    try:
        from shadowpact.recording.flow_dump import read_flow_dump  # noqa: PLC0415  see above
    except ModuleNotFoundError as error:
        raise missing_mitmproxy(error) from error
    return read_flow_dump


def missing_mitmproxy(error: ModuleNotFoundError) -> Exception:
    """What to raise when a module was not found on the way to mitmproxy."""
    if (error.name or "").partition(".")[0] != "mitmproxy":
        return error
    return UsageError(
        "flow dumps need mitmproxy, which is not installed. Run: pip install 'shadowpact[proxy]'"
    )


def _imported(path: Path, reader: Reader) -> Iterator[Recorded]:
    with FileStream(path) as stream:
        is_whole = True
        sequence = 0
        for found in reader(stream, str(path)):
            yield _recorded(found, sequence, stream.position)
            sequence += 1
            is_whole = not isinstance(found, Skipped)
        if stream.is_torn and is_whole:  # between two entries, so that only the packing shows it
            yield _recorded(Skipped(TORN), sequence, stream.position)


def _recorded(found: Exchange | Skipped, sequence: int, offset: int) -> Recorded:
    after = Position(1, offset, sequence + 1)
    if isinstance(found, Skipped):
        return Recorded(sequence, after, None, found.reason)
    return Recorded(sequence, after, found)
