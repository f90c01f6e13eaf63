"""Whatever two servers send: a comparison comes back, and nothing is raised."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare import Comparer
from shadowpact.compare.fields import MEANINGS
from shadowpact.compare.settings import Rule
from shadowpact.model.exchange import Headers, Response

TYPES = [
    b"application/json",
    b"application/problem+json; charset=utf-16",
    b"application/x-ndjson",
    b"application/xml",
    b"text/html; charset=latin-1",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=b",
    b"multipart/mixed",
    b"text/csv",
    b"text/tab-separated-values; header=absent",
    b"text/event-stream",
    b"text/plain; charset=nonsense",
    b"text/plain; charset=rot13",
    b"application/octet-stream",
    b"",
    b"a/b; charset*=utf-8''%ff; x",
    b';;="',
]
PIECES = [
    *(b"{", b"}", b"[", b"]", b'"a"', b":", b",", b"1", b"1.0", b'"', b"\\ud800"),
    *(b"<a>", b"</a>", b"<", b"&x;", b"<!--", b"<![CDATA["),
    *(b"\xff", b"\n", b"\r\n", b"\x00", b"\xef\xbb\xbf", b"\x1e", b";", b"=", b"%zz"),
    *(b"--b\r\n", b"--b--", b"content-type: text/html", b"data: {", b"eyJhIjoxfQ.eyJhIjoxfQ.x"),
]
BODIES = st.one_of(
    st.binary(max_size=40), st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)
)
CODINGS: list[tuple[Headers, object]] = [
    ((), bytes),
    (((b"content-encoding", b"gzip"),), gzip.compress),
    (((b"content-encoding", b"deflate"),), zlib.compress),
    (((b"content-encoding", b"br, zstd"),), bytes),
    (((b"content-encoding", b"nonsense"),), bytes),
]
RULES = [
    Rule(id="shape", kind="shape", reason="", path="$..a"),
    Rule(id="number", kind="number", reason="", path="$", cross_type=True, relative=0.5),
    Rule(id="time", kind="time", reason="", path="$", tolerance_ms=1),
    Rule(id="text", kind="text", reason="", path="$", case=False),
    Rule(id="url", kind="url", reason="", path="$", hosts={"a": "b"}),
    Rule(id="nullish", kind="nullish", reason="", path="$"),
    Rule(id="rename", kind="rename", reason="", path="$..a", to="b"),
    Rule(id="filter", kind="ignore", reason="", path="$[?@.a]"),
]


@st.composite
def answers(draw: st.DrawFn) -> Response:
    encoding, pack = draw(st.sampled_from(CODINGS))
    assert callable(pack)
    return Response(
        status=draw(st.sampled_from([200, 204, 404])),
        headers=((b"Content-Type", draw(st.sampled_from(TYPES))), *encoding),
        body=pack(draw(BODIES)),
    )


@settings(max_examples=400, derandomize=True, deadline=None)
@given(answers(), answers(), st.booleans())
def test_any_two_answers_are_compared(one: Response, other: Response, with_rules: bool) -> None:
    comparer = Comparer(RULES if with_rules else ())

    comparison = comparer.compare(one, other)

    if one == other and not with_rules:
        assert comparison.equal
    if one.status != other.status:
        assert not comparison.equal


VALUES = st.one_of(
    st.binary(max_size=30),
    st.lists(
        st.sampled_from(
            [b"a", b"=", b";", b",", b'"', b"\\", b"<", b">", b"://", b"[", b"%", b" "]
        ),
        max_size=10,
    ).map(b"".join),
)


@pytest.mark.parametrize("name", sorted(MEANINGS))
@settings(max_examples=40, derandomize=True, deadline=None)
@given(one=st.lists(VALUES, max_size=2), other=st.lists(VALUES, max_size=2))
def test_any_values_of_a_header_are_compared(
    name: str, one: list[bytes], other: list[bytes]
) -> None:
    sides = [tuple((name.encode(), value) for value in values) for values in (one, other)]
    answers = [Response(status=200, headers=headers) for headers in sides]

    comparison = Comparer(builtin_rules=False).compare(*answers)

    if sides[0] == sides[1]:
        assert comparison.equal
