from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.contracts.sidecar import Seen, all_evidence, read, seen, trace_id, write
from shadowpact.errors import UsageError
from shadowpact.model.pair import Sample
from support.build import STARTED_US, request
from support.samples import SEEN_AT, sample

TRACE = "0af7651916cd43dd8448eb211c80319c"


def sampled(name: str, at_s: int, **headers: str) -> Sample:
    named = tuple((k.encode(), v.encode()) for k, v in headers.items())
    made = sample({"a": 1}, asked=request(headers=named), name=name)
    return msgspec.structs.replace(made, started_us=STARTED_US + at_s * 1_000_000)


def told(key: str = "k", **fields: Any) -> Seen:
    return seen(key=key, route="GET /a", **{"count": 1, "samples": (), **fields})


def test_the_samples_say_since_when_and_in_which_exchanges_and_traces() -> None:
    samples = [
        sampled("2", 60, traceparent=f"00-{TRACE}-b7ad6b7169203331-01"),
        sampled("1", 0),
        sampled("3", 5, traceparent=f"00-{TRACE}-aaad6b7169203331-01"),
    ]
    one = told(count=7, samples=samples)

    assert one == Seen(
        key="k",
        route="GET /a",
        count=7,
        first="2025-06-15T15:06:40Z",
        last="2025-06-15T15:07:40Z",
        exchanges=("exc_rec_1", "exc_rec_2", "exc_rec_3"),
        traces=(TRACE,),
    )


def test_known_dates_win_over_those_of_the_samples() -> None:
    one = told(samples=[sampled("1", 0)], dates=(SEEN_AT, SEEN_AT), of=9)

    assert (one.first, one.last, one.of) == ("2025-06-15T12:00:00Z", "2025-06-15T12:00:00Z", 9)


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        (((b"Traceparent", f"00-{TRACE}-b7ad6b7169203331-01".encode()),), TRACE),
        (((b"traceparent", b"nonsense"), (b"X-B3-TraceId", b"abc")), "abc"),
        ((), ""),
    ],
)
def test_the_trace_of_a_request(headers: tuple[tuple[bytes, bytes], ...], trace: str) -> None:
    assert trace_id(request(headers=headers)) == trace


def test_what_is_told_is_brought_up_to_date_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / "evidence" / "web" / "orders.jsonl"
    first = write(file, {"a": told("a"), "b": told("b")}, ["a", "b"])
    again = write(file, {"a": told("a")}, ["a", "b"])
    third = write(file, {"a": told("a", count=2)}, ["a"])

    assert (first, again, third) == (True, False, True)
    assert {key: one.count for key, one in read(file).items()} == {"a": 2}
    assert [one.key for one in all_evidence(tmp_path)] == ["a"]


def test_nothing_to_tell_writes_no_file(tmp_path: Path) -> None:
    assert not write(tmp_path / "none.jsonl", {}, ["a"])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_evidence_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"key":"a","route":"r","count":1}\nnonsense\n')

    with pytest.raises(UsageError, match=r"x\.jsonl:2: is no evidence"):
        read(file)
