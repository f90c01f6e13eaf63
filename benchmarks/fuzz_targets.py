"""What the fuzz run throws at the comparison, and what has to hold whatever it throws."""

import base64
import gzip
import io
import json
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import msgspec
import zstandard
from hypothesis import strategies as st
from rich.console import Console

from shadowpact.beside import Pair, facing_rows
from shadowpact.compare import Comparer
from shadowpact.compare.documents import parse_json
from shadowpact.compare.fields import MEANINGS
from shadowpact.compare.headers import compare_header
from shadowpact.compare.markup import Markup, documents_of, parse_html, parse_xml
from shadowpact.compare.media import MediaType, parse_media_type
from shadowpact.compare.plain import decode_text
from shadowpact.compare.settings import Rule
from shadowpact.compare.structured import (
    parse_csv,
    parse_events,
    parse_form,
    parse_json_lines,
    parse_multipart,
    parse_plain,
)
from shadowpact.compare.tokens import token_document
from shadowpact.compare.walk import align_by_position, walk
from shadowpact.model.difference import Difference
from shadowpact.model.encoding import UndecodableError, decode
from shadowpact.model.exchange import Headers, Response
from shadowpact.report.columns import folded, print_columns

type Bodies = tuple[bytes, bytes]
type Read = Callable[[bytes, bytes], tuple[Any, Any]]
"""Two bodies as documents.

Raises:
    UndecodableError: One is not what it should be.
"""

MIRRORED = {"missing": "added", "added": "missing"}
WIDTH = 80
LIMIT_BYTES = 1 << 20


class Target(msgspec.Struct, frozen=True):
    """One thing to fuzz.

    Attributes:
        examples: Makes the inputs.
        check: Raises, mostly ``AssertionError``, when something does not hold for an input.
    """

    examples: st.SearchStrategy[Any]
    check: Callable[[Any], None]


def _soup(*pieces: bytes) -> st.SearchStrategy[bytes]:
    """Pieces of the syntax in any order."""
    return st.lists(st.sampled_from(pieces) | st.binary(max_size=3), max_size=30).map(b"".join)


@st.composite
def _spoilt(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """A body with some of its bytes gone, doubled or replaced."""
    body = draw(bodies)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 20)))
        new = draw(st.binary(max_size=3) | st.just(body[start:end] * 2))
        body = body[:start] + new + body[end:]
    return body


def _pairs(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[Bodies]:
    """Unrelated bodies, and one beside a version of it in which little differs."""

    def beside(body: bytes) -> st.SearchStrategy[Bodies]:
        return st.tuples(st.just(body), _spoilt(st.just(body)) | bodies)

    return (bodies | _spoilt(bodies)).flatmap(beside)


NAMES = st.sampled_from(["id", "a", "b", "", "a.b", 'q"', "é", "$", "@x", "#text"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=5
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.sampled_from(
        [2**70, 1.0, 1e300, "2025-01-01T00:00:00Z", "/a%20b", "eyJhIjoxfQ.eyJhIjoxfQ."]
    ),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@st.composite
def _json(draw: st.DrawFn) -> bytes:
    document = draw(DOCUMENTS)
    depth = draw(st.sampled_from([0] * 30 + [70, 1_500]))
    text = json.dumps(
        document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1]))
    )
    return ("[" * depth + text + "]" * depth).encode()


JSON = _json() | _soup(
    *(b"{", b"}", b"[", b"]", b'"a":', b'"a"', b",", b"1", b"1.0", b"-0", b"1e400", b"9" * 30),
    *(b"null", b"tru", b"NaN", b'"', b"\\ud800", b"\\u0000", b"\xef\xbb\xbf", b"\xff", b" "),
)


def _element(name: str, attribute: str, inside: list[str]) -> str:
    return f'<{name} x="{attribute}">{"".join(inside)}</{name}>'


_TAGS = st.sampled_from(["a", "b", "p", "li", "n:c", "script", "br"])
_TEXTS = st.sampled_from(
    ["", "t", " ", "&amp;", "&#233;", "é", "1 < 2", "<!--c-->", "<![CDATA[<]]>"]
)
XML = st.recursive(
    _TEXTS,
    lambda inner: st.builds(_element, _TAGS, st.sampled_from(["", "1", "2"]), st.lists(inner)),
    max_leaves=20,
).map(lambda inside: f'<r xmlns:n="urn:n">{inside}</r>'.encode()) | _soup(
    *(b"<a>", b"</a>", b"<a x='1'>", b"<", b">", b"&x;", b"&#0;", b"<!--", b"-->", b"<![CDATA["),
    *(b'<!DOCTYPE a [<!ENTITY x "y">]>', b'<?xml version="1.0"?>', b"<a:b/>", b"\x00"),
)
FORM = _soup(b"a", b"=", b"&", b"1", b"+", b"%20", b"%", b"%zz", b";", b"[]", b"\xc3\xa9")
MULTIPART = _soup(
    *(b"--b\r\n", b"--b--\r\n", b"\r\n", b"\r\n\r\n", b"text", b"--b", b'{"a": 1}'),
    *(b'Content-Disposition: form-data; name="a"\r\n\r\n', b"Content-Type: application/json\r\n"),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n"),
)
CSV = _soup(b"id,name\n", b"1,Ann\n", b",", b'"', b"\n", b"\r\n", b";", b"\t", b"\x00", b'"a""b"')
EVENTS = _soup(
    b"data: 1\n",
    b'data: {"a": 1}\n',
    b"id: 1\n",
    b"\n\n",
    b"\r\n\r\n",
    b"event",
    b": ",
    b"\r",
    b":",
)
TEXT = _soup(b"a\n", b"b\n", b"\n", b"\r\n", b"\xff", b"\x1b[2J", b"long " * 40, b"\xe2\x80\xae")


@st.composite
def _token(draw: st.DrawFn) -> bytes:
    parts = [json.dumps(draw(DOCUMENTS)).encode() for _ in range(2)]
    head, claims = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return json.dumps([f"{head.decode()}.{claims.decode()}.s"]).encode()


def _read_tokens(one: bytes, other: bytes) -> tuple[Any, Any]:
    documents = parse_json(one), parse_json(other)
    for document in documents:
        token_document(document[0] if isinstance(document, list) and document else "")
    return documents


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _each(parse: Callable[[bytes], Any]) -> Read:
    return lambda one, other: (parse(one), parse(other))


def _text_of(parse: Callable[[str], Any]) -> Read:
    return _each(lambda body: parse(decode_text(body, MediaType("", (), "text"))))


def _markup(parse: Callable[[bytes], Any]) -> Read:
    return lambda one, other: documents_of(parse(one), parse(other))


def _decoder(media: bytes, bodies: st.SearchStrategy[bytes], read: Read) -> Target:
    def check(pair: Bodies) -> None:
        _check_documents(pair, read)
        answers = [Response(status=200, headers=_typed(media), body=body) for body in pair]
        _check_answers(answers[0], answers[1])

    return Target(_pairs(bodies), check)


def _check_documents(pair: Bodies, read: Read) -> None:
    """A document is itself, and what differs is the same from the other side."""
    try:
        itself, again = read(pair[0], pair[0])
        _expect(not walk(itself, again), "a document differs from itself")
        one, other = read(*pair)
    except UndecodableError:
        return
    there = {(*item.tokens, item.kind) for item in walk(one, other, align_by_position)}
    back = {
        (*item.tokens, MIRRORED.get(item.kind, item.kind))
        for item in walk(other, one, align_by_position)
    }
    _expect(there == back, "the other way round something else differs")


def _typed(media: bytes) -> Headers:
    return ((b"content-type", media),) if media else ()


_COMPARER = Comparer(headers="all")


def _check_answers(one: Response, other: Response) -> None:
    """What must hold of any two answers."""
    there, back = _COMPARER.compare(one, other), _COMPARER.compare(other, one)
    _expect(there.equal == back.equal, "equal from one side alone")
    packed = msgspec.structs.replace(
        one,
        headers=(*one.headers, (b"content-encoding", b"gzip")),
        body=gzip.compress(one.body, 1),
    )
    if all(name.lower() != b"content-encoding" for name, _ in one.headers):
        found = [d for d in _COMPARER.compare(one, packed).differences if d.location == "body"]
        _expect(not found, "a body differs from itself packed")
    _check_shown(one, other, bool(_of_body(there.differences)))


def _of_body(differences: tuple[Difference, ...]) -> list[Difference]:
    return [one for one in differences if one.location == "body"]


def _check_shown(one: Response, other: Response, differs: bool) -> None:
    """Both sides can be shown: in the width there is, and nothing steers the terminal."""
    comparison = _COMPARER.compare(one, other)
    rows = list(facing_rows(Pair(baseline=one, candidate=other, comparison=comparison)))
    _expect(
        not differs or any(row.mark not in {"equal", "gap"} for row in rows), "nothing is marked"
    )
    out = io.StringIO()
    print_columns(Console(file=out, width=WIDTH, highlight=False), folded(rows), WIDTH)
    text = out.getvalue().replace("\n", "")
    _expect(not any(c < " " or "\x7f" <= c <= "\x9f" for c in text), "a control character is shown")


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


@st.composite
def _encoded(draw: st.DrawFn) -> tuple[bytes, list[str], bytes]:
    """A body, how it was packed, and the packed body, perhaps spoilt."""
    body = draw(st.binary(max_size=60)) * draw(st.sampled_from([1, 1, 50, 20_000]))
    applied = draw(st.lists(st.sampled_from(sorted(PACKERS)), max_size=3))
    packed = body
    for name in applied:
        packed = PACKERS[name](packed)
    return body, applied, draw(st.just(packed) | _spoilt(st.just(packed)))


def _check_encoding(example: tuple[bytes, list[str], bytes]) -> None:
    body, applied, packed = example
    try:
        decoded = decode(packed, applied, limit_bytes=LIMIT_BYTES)
    except UndecodableError:
        whole = body
        for name in applied:
            whole = PACKERS[name](whole)
        _expect(packed != whole or len(body) > LIMIT_BYTES, "what was packed cannot be unpacked")
        return
    _expect(len(decoded) <= max(LIMIT_BYTES, len(packed)), "larger than the limit")


VALUES = st.lists(
    _soup(
        *(
            b"a",
            b"=",
            b";",
            b",",
            b'"',
            b"\\",
            b"<",
            b">",
            b"://",
            b"[",
            b"%",
            b" ",
            b"W/",
            b"Basic ",
        ),
        *(b"max-age=1", b"http://a.test/x", b"; rel=next", b"charset=utf-8", b"Path=/"),
    ),
    max_size=2,
).map(tuple)


def _check_header(example: tuple[str, tuple[bytes, ...], tuple[bytes, ...]]) -> None:
    name, one, other = example
    ones, others = (tuple(v.decode("latin-1").strip() for v in side) for side in (one, other))
    _expect(not compare_header(name, ones, ones), "a header differs from itself")
    there = sorted(found.kind for found in compare_header(name, ones, others))
    back = sorted(MIRRORED.get(f.kind, f.kind) for f in compare_header(name, others, ones))
    _expect(there == back, "the other way round something else differs")


RULES = [
    Rule(id="shape", kind="shape", reason="", path="$..a"),
    Rule(id="number", kind="number", reason="", path="$", cross_type=True, relative=0.5),
    Rule(id="time", kind="time", reason="", path="$", tolerance_ms=1),
    Rule(id="text", kind="text", reason="", path="$", case=False),
    Rule(id="url", kind="url", reason="", path="$", hosts={"a": "b"}),
    Rule(id="nullish", kind="nullish", reason="", path="$"),
    Rule(id="unordered", kind="unordered", reason="", path="$..b"),
    Rule(id="rename", kind="rename", reason="", path="$..a", to="b"),
    Rule(id="filter", kind="ignore", reason="", path="$[?@.a]"),
]
_WITH_RULES = Comparer(RULES)

TYPES = st.sampled_from(
    [
        *(b"application/json", b"application/problem+json; charset=utf-16", b"", b'a;;="'),
        *(b"application/x-ndjson", b"application/xml", b"text/html; charset=latin-1", b"text/csv"),
        *(b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=b", b"image/png"),
        *(b"text/event-stream", b"text/plain; charset=rot13", b"text/plain; charset=nonsense"),
    ]
)
ANY_BODY = JSON | XML | FORM | MULTIPART | CSV | EVENTS | TEXT | st.binary(max_size=40)


@st.composite
def _answers(draw: st.DrawFn) -> tuple[Response, Response]:
    """Answers of any media types; the bodies are often alike."""
    bodies = draw(_pairs(ANY_BODY))
    media = draw(TYPES)
    kinds = media, draw(st.just(media) | TYPES)
    name = draw(st.sampled_from(["", "", *PACKERS, "nonsense"]))
    coding: Headers = ((b"content-encoding", name.encode()),) if name else ()
    pack = PACKERS.get(name, bytes)
    one, other = (
        Response(
            status=draw(st.sampled_from([200, 200, 204, 404])),
            headers=(*_typed(kind), *coding),
            body=pack(body),
        )
        for kind, body in zip(kinds, bodies, strict=True)
    )
    return one, other


def _check_compare(answers: tuple[Response, Response]) -> None:
    one, other = answers
    _expect(_COMPARER.compare(one, one).equal, "an answer differs from itself")
    if one.status != other.status:
        _expect(not _COMPARER.compare(one, other).equal, "the status differs, and nothing is said")
    _check_answers(one, other)
    without = _COMPARER.compare(one, other)
    under = _WITH_RULES.compare(one, other)
    _expect(without.incomparable == under.incomparable, "a rule changes what can be compared")


TARGETS: dict[str, Target] = {
    "json": _decoder(b"application/json", JSON, _each(parse_json)),
    "json-lines": _decoder(
        b"application/x-ndjson",
        st.lists(JSON, max_size=3).map(b"\n".join),
        _each(parse_json_lines),
    ),
    "xml": _decoder(b"application/xml", XML, _markup(lambda body: parse_xml(body, Markup()))),
    "html": _decoder(
        b"text/html", XML, _markup(lambda body: parse_html(body.decode("utf-8", "replace")))
    ),
    "form": _decoder(b"application/x-www-form-urlencoded", FORM, _text_of(parse_form)),
    "multipart": _decoder(
        b"multipart/form-data; boundary=b",
        MULTIPART,
        _each(lambda body: parse_multipart(body, "multipart/form-data; boundary=b")),
    ),
    "csv": _decoder(
        b"text/csv", CSV, _text_of(lambda text: parse_csv(text, parse_media_type("text/csv")))
    ),
    "events": _decoder(b"text/event-stream", EVENTS, _text_of(parse_events)),
    "text": _decoder(b"text/plain", TEXT, _text_of(parse_plain)),
    "jwt": _decoder(b"application/json", _token(), _read_tokens),
    "encodings": Target(_encoded(), _check_encoding),
    "headers": Target(
        st.tuples(st.sampled_from([*sorted(MEANINGS), "x-any"]), VALUES, VALUES), _check_header
    ),
    "compare": Target(_answers(), _check_compare),
}
"""By name, in the order in which they run."""
