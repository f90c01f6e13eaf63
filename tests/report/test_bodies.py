import pytest

from shadowpact.model.exchange import Cut
from shadowpact.report.bodies import MAX_LINES, body_lines, read_body
from support.build import response


def lines(body: bytes, content_type: bytes = b"application/json", cut: Cut | None = None) -> str:
    read = read_body(response(body=body, headers=((b"content-type", content_type),), cut=cut))
    return "\n".join(line.lead + line.value + line.tail for line in body_lines(read))


def test_json_is_indented() -> None:
    assert lines(b'{"a":{"b":[1,"x"],"c":{},"d":[]},"e":null}') == (
        '{\n  "a": {\n    "b": [\n      1,\n      "x"\n    ],\n    "c": {},\n    "d": []\n  },\n'
        '  "e": null\n}'
    )


def test_numbers_stay_as_they_were_written() -> None:
    assert lines(b"[1, 1.0, 1.00, 1e2, 123456789012345678901234567890]").split() == [
        *("[", "1,", "1.0,", "1.00,", "1e2,", "123456789012345678901234567890", "]")
    ]


def test_every_line_knows_its_path() -> None:
    read = read_body(response(body=b'{"a b":[{"c":1}]}'))

    assert [line.path for line in body_lines(read)] == [
        *("$", '$["a b"]', '$["a b"][0]', '$["a b"][0].c', '$["a b"][0]', '$["a b"]', "$")
    ]


def test_members_come_in_the_order_of_the_other_side() -> None:
    ours = read_body(response(body=b'{"a":1,"b":{"x":1,"y":2},"l":[{"m":1,"n":2}]}'))
    theirs = read_body(response(body=b'{"l":[{"n":2,"m":1}],"z":0,"b":{"y":2,"x":1},"a":1}'))
    names = [line.lead.strip() for line in body_lines(theirs, like=ours) if ":" in line.lead]

    assert names == ['"a":', '"b":', '"x":', '"y":', '"l":', '"m":', '"n":', '"z":']


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", b"application/json", "(no body)"),
        (b"{broken", b"application/json", "{broken"),
        (b"one\r\ntwo\n", b"text/plain", "one\ntwo"),
        (b"\x1b[2J", b"text/plain", "\\u001b[2J"),
        ("é".encode("latin-1"), b"text/plain; charset=iso-8859-1", "é"),
        (b"\x89PNG", b"image/png", "(4 bytes of image/png, beginning 89 50 4e 47)"),
        (b"\xff", b"text/plain; charset=punycode", "(1 bytes of text/plain, beginning ff)"),
        (b"null", b"application/problem+json", "null"),
    ],
)
def test_other_bodies_are_shown_as_well_as_they_can(
    body: bytes, content_type: bytes, expected: str
) -> None:
    assert lines(body, content_type) == expected


def test_a_body_that_was_cut_says_of_how_much() -> None:
    cut = Cut(reason="over-cap", length_bytes=9_000_000, sha256=bytes(32))

    assert lines(b'{"a":', cut=cut) == '{"a":\n(the first of 9,000,000 bytes (over-cap))'
    assert lines(b"abc\xc3", b"text/plain", cut).startswith("abc\n")


@pytest.mark.parametrize("body", [b"[" * 5_000 + b"]" * 5_000, b"[" * 100_000])
def test_a_hostile_depth_ends_in_words(body: bytes) -> None:
    assert len(lines(body)) < 250_000


def test_a_hostile_length_is_bounded() -> None:
    read = read_body(response(body=b"[" + b"1," * (2 * MAX_LINES) + b"1]"))

    assert len(body_lines(read)) == MAX_LINES + 1
