import pytest

from shadowpact.compare.media import content_of, format_of, parse_media_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("application/json", "json"),
        ("application/vnd.api+json", "json"),
        ("application/x-ndjson", "json-lines"),
        ("application/soap+xml", "xml"),
        ("image/svg+xml", "xml"),
        ("application/xhtml+xml", "html"),
        ("multipart/mixed", "multipart"),
        ("text/markdown", "text"),
        ("application/javascript", "text"),
        ("image/png", "binary"),
        ("application/jwt", "text"),
        ("application/at+jwt", "text"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_media_type_says_how_a_body_is_compared(name: str, expected: str) -> None:
    assert format_of(name) == expected


def test_parameters_are_read_whatever_their_case_and_quotes() -> None:
    media_type = parse_media_type('Application/JSON; Charset="UTF-8"; v=1')

    assert media_type.name == "application/json"
    assert media_type.charset == "utf-8"
    assert media_type.parameter("v") == "1"


def test_a_charset_that_nobody_knows_is_none() -> None:
    assert parse_media_type("text/plain; charset=nonsense").charset is None
    assert parse_media_type("text/plain").charset is None


def test_the_headers_are_read_in_one_pass() -> None:
    content = content_of(
        (
            (b"Content-Encoding", b"GZIP, identity"),
            (b"CONTENT-TYPE", b"text/html"),
            (b"content-type", b"text/plain"),
            (b"content-encoding", b"br"),
        )
    )

    assert content.media_type.name == content.written == "text/html"
    assert content.codings == ("gzip", "br")
    assert content_of(()).codings == ()
