"""Cassettes as files."""

import json

import pytest

from shadowpact.errors import RecordingError
from shadowpact.recording.cassette import read_cassette
from support.imported import Held, held_in

VCRPY = """\
interactions:
- request:
    body: '{"a": 1}'
    headers:
      Accept: ['*/*']
      Content-Type: [application/json]
    method: POST
    uri: http://monolith.test/orders
  response:
    body: {string: '{"id": 1}'}
    headers:
      Content-Length: ['9']
      content-type: [application/json]
    status: {code: 201, message: Created}
- request:
    body: null
    headers: {}
    method: GET
    uri: http://monolith.test/orders/1
  response:
    body:
      string: !!binary |
        H4sIAAAAAAAA/w==
    headers:
      Content-Encoding: [gzip]
    status: {code: 200, message: OK}
version: 1
"""

RUBY = """\
---
http_interactions:
- request:
    method: get
    uri: http://monolith.test/orders/1
    body:
      encoding: US-ASCII
      string: ''
    headers:
      Accept:
      - "*/*"
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Length:
      - '15'
    body:
      encoding: UTF-8
      string: |-
        two
        more lines
    http_version: '1.1'
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 6.0.0
"""

BETAMAX = {
    "http_interactions": [
        {
            "request": {
                "body": {"encoding": "utf-8", "string": "x"},
                "headers": {"Accept": ["*/*"]},
                "method": "PUT",
                "uri": "https://monolith.test/orders/1",
            },
            "response": {
                "body": {"encoding": None, "base64_string": "/w=="},
                "headers": {"Date": ["Sat, 27 Jun 2015 14:15:28 GMT"]},
                "status": {"code": 200, "message": "OK"},
                "url": "https://monolith.test/orders/1",
            },
            "recorded_at": "2015-06-27T14:15:28",
        }
    ]
    * 2,
    "recorded_with": "betamax/0.9.0",
}


def read(text: str) -> Held:
    return held_in(text.encode(), read_cassette, "x.yaml")


def refusal(text: str) -> str:
    with pytest.raises(RecordingError) as caught:
        read(text)
    return str(caught.value)


def test_what_vcrpy_writes() -> None:
    created, got = read(VCRPY).exchanges

    assert (created.request.method, created.request.body) == ("POST", b'{"a": 1}')
    assert created.response is not None
    assert (created.response.status, created.response.body) == (201, b'{"id": 1}')
    assert got.response is not None
    assert got.response.body.startswith(b"\x1f\x8b")


def test_what_ruby_writes() -> None:
    (got,) = read(RUBY).exchanges

    assert (got.request.method, got.started_at.isoformat()) == ("GET", "2011-11-01T04:58:44+00:00")
    assert got.response is not None
    assert got.response.body == b"two\nmore lines"


def test_what_betamax_writes() -> None:
    first, _second = read(json.dumps(BETAMAX, indent=1)).exchanges

    assert (first.request.method, first.request.scheme, first.request.body) == (
        "PUT",
        "https",
        b"x",
    )
    assert first.response is not None
    assert first.response.body == b"\xff"
    assert first.started_at.year == 2015


def test_json_may_be_the_list_alone() -> None:
    assert len(read(json.dumps(BETAMAX["http_interactions"])).exchanges) == 2


def test_an_interaction_that_cannot_be_read_is_counted() -> None:
    found = read(
        VCRPY.replace("method: POST", "method: ''").replace("http://monolith.test/orders/1", "x")
    )

    assert (found.exchanges, found.skipped) == ((), {"URL is not one of HTTP": 1, "no method": 1})


@pytest.mark.parametrize("lost", [1, 5, 40, 90])
def test_a_torn_cassette_gives_what_is_whole(lost: int) -> None:
    end = VCRPY.index("\nversion")

    found = read(VCRPY[: end - lost])

    assert len(found.exchanges) == 1
    assert sum(found.skipped.values()) == 1


def test_a_cassette_that_is_torn_between_two_lines_is_known_by_the_length_of_its_body() -> None:
    end = RUBY.index("        more lines")

    assert read(RUBY[:end]) == Held(exchanges=(), skipped={"torn": 1})


def test_a_cassette_that_somebody_wrote_by_hand_is_whole() -> None:
    assert len(read(VCRPY[: VCRPY.index("version")]).exchanges) == 2


def test_a_torn_json_cassette_gives_what_is_whole() -> None:
    text = json.dumps(BETAMAX)

    found = read(text[: len(text) - 200])

    assert (len(found.exchanges), found.skipped) == (1, {"torn": 1})


def test_what_is_no_cassette_is_refused() -> None:
    assert refusal("a: 1\n") == "x.yaml: is no cassette: expected a list of interactions"
    assert refusal('{"a": 1}') == "x.yaml: is no cassette: expected a list of interactions"
    assert refusal("a: [1\nb: 2\n").startswith("x.yaml: is not YAML, as a cassette has to be: line")
    assert refusal('{"a" 1}').startswith("x.yaml:1:6: is not JSON, as this cassette has to be")
    assert refusal("") == "x.yaml: is no cassette: expected a list of interactions"


def test_an_empty_cassette_holds_nothing() -> None:
    assert read("interactions: []\nversion: 1\n") == Held(exchanges=())
    assert read('{"interactions": [], "version": 1}') == Held(exchanges=())
