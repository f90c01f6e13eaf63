"""JSON read value by value from a stream."""

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.recording.json_stream import JsonText, JsonTextError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def text(data: bytes, chunk_bytes: int = 4) -> JsonText:
    return JsonText(io.BytesIO(data), chunk_bytes=chunk_bytes)


def refused(data: bytes) -> JsonTextError:
    with pytest.raises(JsonTextError) as caught:
        text(data).value()
    return caught.value


@given(st.lists(values, min_size=1), st.integers(1, 9), st.sampled_from([None, 1]))
def test_values_come_one_after_the_other_however_the_stream_is_cut(
    wanted: list[Any], chunk_bytes: int, indent: int | None
) -> None:
    texts = [json.dumps(one, indent=indent) for one in wanted]
    read = text("\n".join(texts).encode(), chunk_bytes)

    assert [read.value() for _ in wanted] == [json.loads(one) for one in texts]
    assert read.peek() == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_it_may_be_in_any_unicode_with_or_without_a_mark(encoding: str) -> None:
    assert text('{"größe": "🐵"}'.encode(encoding)).value() == {"größe": "🐵"}


def test_a_long_value_is_read_whole_in_few_steps() -> None:
    class Counted(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            return super().read(size)

    stream = Counted(json.dumps("x" * 1_000_000).encode())

    assert len(JsonText(stream, chunk_bytes=64).value()) == 1_000_000
    assert stream.reads < 25


def test_an_error_says_where_and_whether_the_text_ended() -> None:
    broken, torn = refused(b'{\n  "a": 1,\n  "b" 2}'), refused(b'{"a": [1, "tw')

    assert (broken.line, broken.column, broken.is_end) == (3, 7, False)
    assert broken.problem == "Expecting ':' delimiter"
    assert torn.is_end
    assert refused(b"").is_end


def test_a_place_is_counted_from_the_beginning_of_the_file() -> None:
    read = text(b'[1]\n[2]\n\n [3] {"a" 1}')
    for _ in range(3):
        read.value()

    with pytest.raises(JsonTextError) as caught:
        read.value()

    assert (caught.value.line, caught.value.column) == (4, 11)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'"\xff"', "bytes that are no text"),
        (b"[" * 200_000, "nested too deeply"),
        (b"1" * 5000, "Exceeds the limit"),
    ],
)
def test_what_python_cannot_hold_is_an_error_of_the_text(data: bytes, problem: str) -> None:
    assert problem in refused(data).problem


def test_a_value_with_other_bytes_does_not_spoil_those_around_it() -> None:
    read = text(b'"a" "\xff" "b"', chunk_bytes=100)
    assert read.value() == "a"
    with pytest.raises(JsonTextError):
        read.value()
    assert read.find(re.compile(r'" ')) is not None

    assert read.value() == "b"


def test_finding_goes_on_over_the_ends_of_chunks() -> None:
    read = text(b"........needle in....needle end")

    assert read.find(re.compile("needle")) is not None
    assert read.find(re.compile("needle")) is not None
    read.take("e")
    assert read.find(re.compile("needle")) is None
    assert read.peek() == ""
