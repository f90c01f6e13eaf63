"""One exchange to one entry of a HAR, as other tools see it."""

from typing import Any

import pytest

from shadowpact.model.exchange import Cut, Failure
from shadowpact.recording.har_export import to_entry
from support.build import exchange, request, response


def test_text_is_text_and_everything_else_base64() -> None:
    binary = to_entry(exchange(answered=response(body=b"\xff\x00")))
    encoded = to_entry(
        exchange(answered=response(headers=((b"Content-Encoding", b"br"),), body=b"x"))
    )
    sealed = to_entry(exchange(answered=response(body=b"\x00sealed")))

    assert "encoding" not in to_entry(exchange())["response"]["content"]
    assert binary["response"]["content"]["text"] == "/wA="
    assert all(e["response"]["content"]["encoding"] == "base64" for e in (binary, encoded, sealed))


def test_a_cut_body_says_how_long_it_was() -> None:
    cut = Cut(reason="over-cap", length_bytes=99, sha256=b"\x01" * 32)
    entry = to_entry(exchange(answered=response(body=b"first", cut=cut)))

    assert entry["response"]["bodySize"] == 99
    assert entry["_shadowpact"]["response_cut"] == {
        "reason": "over-cap",
        "length_bytes": 99,
        "sha256": "01" * 32,
    }


def test_a_failure_looks_like_that_of_a_browser() -> None:
    failure = Failure(kind="refused", message="nobody there", elapsed_ms=3.0)
    entry = to_entry(exchange(answered=failure))

    assert (entry["response"]["status"], entry["response"]["_error"]) == (0, "nobody there")
    assert entry["_shadowpact"]["failure"]["kind"] == "refused"


@pytest.mark.parametrize(
    ("target", "extension"),
    [
        ("/orders", {"version": 1}),
        ("*", {"version": 1, "scheme": "http", "authority": "monolith.test", "target": "*"}),
    ],
)
def test_a_target_that_no_url_says_is_kept_beside_it(
    target: str, extension: dict[str, Any]
) -> None:
    assert to_entry(exchange(request(target=target)))["_shadowpact"] == extension


def test_headers_that_are_no_text_are_kept_beside_the_readable_ones() -> None:
    entry = to_entry(exchange(request(headers=((b"a", b"\xff"),))))

    assert entry["request"]["headers"] == [{"name": "a", "value": "\ufffd"}]
    assert entry["_shadowpact"]["request_headers"] == [["YQ==", "/w=="]]
