import gzip
from pathlib import Path
from typing import Any

import pytest

from shadowpact.compare.settings import Rule
from shadowpact.config.settings import Settings
from shadowpact.diffing import Diffed, diff_paths, parse_response
from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange, Failure
from shadowpact.recording.har import write_har
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import Writer
from shadowpact.secrets import Sealer
from support.build import JSON, exchange, request, response

KEY = bytes(64)


def diff(one: Path, other: Path, *rules: Rule, **options: Any) -> Diffed:
    return diff_paths(one, other, Settings(rules=rules), key=KEY, **options)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def record(folder: Path, *exchanges: Exchange) -> Path:
    sealer = Sealer(KEY)
    writer = Writer(folder, RecordingSettings())
    for item in exchanges:
        writer.append(sealer.seal(item))
    writer.close()
    return folder


def found(diffed: Diffed) -> list[tuple[str | None, str, str, str | None]]:
    return [(route, d.path, d.kind, d.ignored_by) for route, d in diffed.differences]


def test_two_bodies_are_compared_by_their_suffix(tmp_path: Path) -> None:
    one, other = write(tmp_path, "a.json", b'{"a": 1}'), write(tmp_path, "b.json", b'{"a": 2}')

    diffed = diff(one, other)

    assert found(diffed) == [(None, "$.a", "value-changed", None)]
    assert (diffed.pairs, diffed.verdict) == (1, "differs")


def test_two_bodies_are_compared_by_the_content_type_given(tmp_path: Path) -> None:
    one, other = write(tmp_path, "a", b"a: 1\n"), write(tmp_path, "b", b"a: 1\nb: 2\n")

    diffed = diff(one, other, content_type="text/plain")

    assert found(diffed) == [(None, "$[1]", "added", None)]


def test_rules_of_a_route_apply_when_it_is_named(tmp_path: Path) -> None:
    one, other = write(tmp_path, "a.json", b'{"a": 1}'), write(tmp_path, "b.json", b'{"a": 2}')
    rule = Rule(id="r", kind="ignore", reason="", path="$.a", route="GET /x/{id}")

    assert diff(one, other, rule).verdict == "differs"
    assert diff(one, other, rule, route="GET /x/{other}").verdict == "equal"


def test_two_responses_are_compared_with_status_and_headers(tmp_path: Path) -> None:
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    packed = gzip.compress(b'{"a":1}')
    one = write(tmp_path, "a", head + b'Allow: GET, POST\r\n\r\n{"a": 1}')
    other = write(
        tmp_path,
        "b",
        b"HTTP/2 201\nContent-Type: application/json\nContent-Encoding: gzip\nAllow: POST, GET\n\n"
        + packed,
    )

    diffed = diff(one, other)

    assert found(diffed) == [(None, "", "value-changed", None)]


def test_chunks_are_put_together_unless_they_were_already() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    raw = parse_response(head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", where=Path("a"))
    whole = parse_response(head + b"abcde", where=Path("a"))

    assert raw.body == whole.body == b"abcde"


@pytest.mark.parametrize("content", [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"])
def test_a_message_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError):
        parse_response(content, where=tmp_path)


def test_recordings_are_paired_by_equal_requests_in_their_order(tmp_path: Path) -> None:
    def asked(target: str, value: int) -> Exchange:
        return exchange(request(target=target), response({"v": value}))

    one = record(tmp_path / "one", asked("/a/1", 1), asked("/a/1", 2), asked("/b", 3))
    other = record(tmp_path / "two", asked("/b", 3), asked("/a/1", 1), asked("/a/1", 9))

    diffed = diff(one, other)

    assert diffed.pairs == 3
    assert found(diffed) == [("GET /a/{id}", "$.v", "value-changed", None)]


def test_credentials_are_opened_before_they_are_compared(tmp_path: Path) -> None:
    def asked(cookie: bytes) -> Exchange:
        return exchange(answered=response({}, headers=(*JSON, (b"set-cookie", cookie))))

    one = record(tmp_path / "one", asked(b"s=1; Path=/"))
    other = record(tmp_path / "two", asked(b"s=2; Path=/"))

    assert found(diff(one, other)) == [
        ("GET /orders/{id}", "set-cookie", "value-changed", "builtin:cookie-value")
    ]


def test_what_has_no_partner_is_counted(tmp_path: Path) -> None:
    one = record(tmp_path / "one", exchange(request(target="/a")), exchange(request(target="/b")))
    other = record(tmp_path / "two", exchange(request(target="/b")), exchange(request(target="/c")))

    diffed = diff(one, other)

    assert (diffed.pairs, diffed.verdict) == (1, "equal")
    assert diffed.unpaired == {"baseline": 1, "candidate": 1}


def test_nothing_in_common_is_no_evidence(tmp_path: Path) -> None:
    one = record(tmp_path / "one", exchange(request(target="/a")))
    other = record(tmp_path / "two", exchange(request(target="/b")))

    assert diff(one, other).verdict == "no-evidence"


def test_a_candidate_that_gave_no_answer_differs(tmp_path: Path) -> None:
    one = record(tmp_path / "one", exchange())
    other = record(tmp_path / "two", exchange(answered=Failure(kind="reset")))

    diffed = diff(one, other)
    back = diff(other, one)

    assert found(diffed) == [("GET /orders/{id}", "", "missing", None)]
    assert (back.verdict, back.incomparable) == ("no-evidence", {"baseline-failed": 1})


def test_a_har_is_a_recording_too(tmp_path: Path) -> None:
    one = tmp_path / "one.har"
    write_har([exchange(answered=response({"v": 1}))], one)
    other = record(tmp_path / "two", exchange(answered=response({"v": 2})))

    assert [path for _, path, _, _ in found(diff(one, other))] == ["$.v"]


def test_files_of_different_sorts_are_refused(tmp_path: Path) -> None:
    body = write(tmp_path, "a.json", b"{}")
    message = write(tmp_path, "b", b"HTTP/1.1 200 OK\r\n\r\n{}")
    recording = record(tmp_path / "one", exchange())

    with pytest.raises(UsageError, match="only one of them is an HTTP response"):
        diff(body, message)
    with pytest.raises(UsageError, match="only one of them is a recording"):
        diff(body, recording)
    with pytest.raises(UsageError, match="no such file"):
        diff(body, tmp_path / "nothing")


def test_an_expired_rule_hides_nothing(tmp_path: Path) -> None:
    one, other = write(tmp_path, "a.json", b'{"a":1}'), write(tmp_path, "b.json", b'{"a":2}')
    rule = Rule(id="r", kind="ignore", reason="r", path="$.a", expires="2020-01-01")

    assert diff(one, other, rule).verdict == "differs"


def test_pairs_are_kept_to_be_shown_as_many_as_are_asked_for(tmp_path: Path) -> None:
    one = [exchange(request(target=f"/{n}"), response({"v": n})) for n in range(4)]
    other = [exchange(request(target=f"/{n}"), response({"v": n and -n})) for n in range(4)]
    paths = record(tmp_path / "a", *one), record(tmp_path / "b", *other)

    diffed = diff(*paths, most_shown=2)

    assert [pair.request for pair in diffed.shown] == ["GET /1", "GET /2"]
    assert diffed.differing == 3
    assert diff(*paths).shown == ()


def test_two_files_are_kept_though_rules_cover_what_differs(tmp_path: Path) -> None:
    one, other = write(tmp_path, "a.json", b'{"a": 1}'), write(tmp_path, "b.json", b'{"a": 2}')
    rule = Rule(id="r", kind="ignore", reason="", path="$.a")

    diffed = diff(one, other, rule, most_shown=1)

    assert len(diffed.shown) == 1
    assert not diffed.shown[0].has_head
    assert diff(one, one, most_shown=1).shown == ()


def test_credentials_of_recorded_exchanges_are_not_in_what_differs(tmp_path: Path) -> None:
    headers = ((b"authorization", b"Bearer made-up-secret"),)
    asked = request(target="/a?t=made-up-secret", headers=headers)
    one = record(tmp_path / "a", exchange(asked, response({"t": "made-up-secret", "v": 1})))
    other = record(tmp_path / "b", exchange(asked, response({"t": "made-up-secret!", "v": 1})))

    diffed = diff(one, other, most_shown=1)

    ((_, difference),) = diffed.differences
    (pair,) = diffed.shown
    assert (difference.baseline, difference.candidate) == ("[redacted]", "[redacted]!")
    assert pair.request == "GET /a?t=[redacted]"
    assert b"made-up-secret" not in pair.redact(pair.baseline).body
