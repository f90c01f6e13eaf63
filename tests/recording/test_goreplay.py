"""GoReplay's files."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.exchange import Failure, header
from shadowpact.recording import goreplay
from shadowpact.recording.goreplay import REPLAYED, read_goreplay
from shadowpact.recording.goreplay_pairs import NO_REQUEST
from support.corpora import corpora
from support.imported import Held, held, held_in

SEPARATOR = "\n🐵🙈🙉\n".encode()
TIME_NS = 1_795_250_124_536_933_668
REAL = "goreplay/jsonserver-5req.gor"


def asked(number: int, *, method: str = "GET", body: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"1 {key(number)} {TIME_NS + number * 10_000_000} 0\n"
    return f"{head}{method} /orders/{number} HTTP/1.1\r\nHost: a\r\n{length}\r\n{body}".encode()


def answered(number: int, body: str = "ok", *, kind: int = 2, length: int | None = None) -> bytes:
    head = f"{kind} {key(number)} {TIME_NS + number * 10_000_000 + 5_000_000} 0\n"
    size = len(body) if length is None else length
    message = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nX-Number: {number}\r\n\r\n{body}"
    return (head + message).encode()


def key(number: int) -> str:
    return f"ddee1faf7f000001{number:08x}"


def read(*records: bytes) -> Held:
    return held_in(b"".join(record + SEPARATOR for record in records), read_goreplay)


def numbers(found: Held) -> list[tuple[int, int | None]]:
    """Of each pair the number of the request and of the response."""
    pairs = []
    for one in found.exchanges:
        number = header(one.response.headers, b"x-number") if one.response else None
        pairs.append((int(one.request.target.rpartition("/")[2]), int(number) if number else None))
    return pairs


# -- what GoReplay itself wrote


def test_each_request_of_a_real_file_has_its_response() -> None:
    found = held(corpora(REAL))

    assert (len(found.exchanges), found.skipped) == (5, {})
    first = found.exchanges[0]
    assert (first.started_us, first.client) == (1_795_250_124_536_933, "ddee1faf7f000001")
    assert (first.request.target, first.request.authority) == ("/posts/2", "127.0.0.1:8111")
    assert first.request.headers[1] == (b"User-Agent", b"curl/7.88.1")
    assert first.response is not None
    assert first.response.elapsed_ms == pytest.approx(5.138, abs=0.001)
    assert len(first.response.body) == 96
    assert first.response.headers[0] == (b"X-Powered-By", b"Express")
    assert [one.response.status for one in found.exchanges if one.response].count(201) == 1


def test_a_packed_file_holds_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "requests_0.gz"
    packed.write_bytes(gzip.compress(corpora(REAL).read_bytes()))

    assert held(packed) == held(corpora(REAL))


@pytest.mark.parametrize("kept", range(3900, 4004, 9))
def test_a_file_that_is_torn_at_its_end_loses_no_more_than_that(kept: int) -> None:
    found = held_in(corpora(REAL).read_bytes()[:kept], read_goreplay)

    whole = held(corpora(REAL)).exchanges  # in which the last response stands before its request
    if len(found.exchanges) == 5:
        assert (found.exchanges, found.skipped) == (whole, {})
    else:
        assert (found.exchanges, found.skipped) == (whole[:4], {NO_REQUEST: 1, "torn": 1})


# -- pairs


def test_pairs_are_joined_by_id_wherever_they_stand() -> None:
    found = read(asked(1), asked(2), answered(3), answered(2), asked(3), answered(1))

    assert numbers(found) == [(1, 1), (2, 2), (3, 3)]
    assert found.skipped == {}


def test_a_request_without_a_response_is_an_exchange_that_failed() -> None:
    found = read(asked(1), asked(2), answered(2))

    assert numbers(found) == [(1, None), (2, 2)]
    assert found.exchanges[0].failure == Failure(
        kind="not-recorded", message="no response in the file"
    )


def test_what_is_part_of_no_exchange_is_counted_with_its_reason() -> None:
    found = read(asked(1), answered(1), answered(1, kind=3), answered(9), b"garbage")

    assert numbers(found) == [(1, 1)]
    assert found.skipped == {REPLAYED: 1, NO_REQUEST: 1, "torn": 1}


def test_the_answer_to_a_head_request_has_a_length_and_no_body() -> None:
    found = read(asked(1, method="HEAD"), answered(1, "", length=500))

    assert found.exchanges[0].response is not None
    assert found.exchanges[0].response.body == b""
    assert found.skipped == {}


def test_a_response_that_is_shorter_than_it_says_is_torn() -> None:
    found = read(asked(1), answered(1, "short", length=500), asked(2), answered(2))

    assert numbers(found) == [(1, None), (2, 2)]
    assert found.exchanges[0].failure == Failure(
        kind="not-recorded", message="its response is torn"
    )
    assert found.skipped == {"torn": 1}


def test_a_torn_request_takes_no_response_with_it_to_another() -> None:
    torn = asked(1, method="POST", body="{}")[:-1]

    found = read(torn, asked(2), answered(1), answered(2))

    assert numbers(found) == [(2, 2)]
    assert found.skipped == {"torn": 1, NO_REQUEST: 1}


def test_records_whose_separator_is_gone_are_told_apart() -> None:
    found = read(asked(1) + b"\n" + answered(1), asked(2), answered(2) + b"\n" + asked(3))

    assert numbers(found) == [(1, 1), (2, 2), (3, None)]
    assert found.skipped == {}


def test_what_looks_like_a_record_may_stand_in_a_body() -> None:
    body = "\n" + asked(7).decode()

    found = read(asked(1, method="POST", body=body), answered(1, body))

    assert numbers(found) == [(1, 1)]
    assert found.exchanges[0].request.body == body.encode()


def test_a_last_record_without_its_separator_is_there_when_it_is_whole() -> None:
    whole = asked(1) + SEPARATOR + answered(1)

    assert numbers(held_in(whole, read_goreplay)) == [(1, 1)]
    assert numbers(held_in(whole + SEPARATOR[:7], read_goreplay)) == [(1, 1)]
    assert numbers(held_in(asked(1), read_goreplay)) == [(1, None)]
    assert held_in(asked(1)[:-3], read_goreplay).skipped == {"torn": 1}


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1 << 20])
def test_translated_line_endings_are_those_of_the_separator(
    chunk_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goreplay, "CHUNK_BYTES", chunk_bytes)
    separator = SEPARATOR.replace(b"\n", b"\r\n")
    records = (asked(1), answered(1, "one\r"), asked(2), answered(2))

    for between in (separator, SEPARATOR):
        found = held_in(b"".join(record + between for record in records), read_goreplay)

        assert numbers(found) == [(1, 1), (2, 2)]
        assert found.skipped == {}


def test_an_id_of_another_form_is_a_client_of_its_own() -> None:
    record = asked(1).replace(key(1).encode(), b"932079936fa4306fc308d67588178d17d823647c")

    assert read(record).exchanges[0].client == "932079936fa4306fc308d67588178d17d823647c"


@given(st.permutations(range(24)), st.binary(max_size=200), st.integers(0, 4000))
def test_whatever_the_order_and_the_damage_nothing_is_joined_wrongly_or_lost(
    order: list[int], garbage: bytes, place: int
) -> None:
    records = [make(number) for number in range(12) for make in (asked, answered)]
    data = b"".join(records[at] + SEPARATOR for at in order)
    whole, damaged = read_all(data), read_all(data[:place] + garbage + data[place + 40 :])

    assert numbers(whole) == [(one, one) for one, _ in numbers(whole)]
    assert len(whole.exchanges) == 12
    assert all(answer in {None, number} for number, answer in numbers(damaged))


def read_all(data: bytes) -> Held:
    return held_in(data, read_goreplay)
