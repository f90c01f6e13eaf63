"""The elements of one long array in a document."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from shadowpact.recording.json_array import NOT_JSON, ArrayReader
from shadowpact.recording.json_stream import JsonText, JsonTextError
from shadowpact.recording.skipped import TORN, Skipped

BROKEN = Skipped(NOT_JSON)


def elements(text: str, *, chunk_bytes: int = 16) -> tuple[list[Any], ArrayReader]:
    reader = ArrayReader(
        JsonText(io.BytesIO(text.encode()), chunk_bytes=chunk_bytes),
        arrays=("entries",),
        inside="log",
        is_element=lambda value: isinstance(value, dict) and "n" in value,
        mark="n",
    )
    return list(_numbers(reader.read())), reader


def _numbers(found: Iterator[Any]) -> Iterator[Any]:
    return (one["n"] if isinstance(one, dict) else one for one in found)


def log(*entries: str) -> str:
    head = '{"log": {"pages": [{"id": 1}], "entries": ['
    return f'{head}{", ".join(entries)}]}}, "more": 1}}'


def test_the_array_may_be_inside_another_member_or_not() -> None:
    assert elements(log('{"n": 1}', '{"n": 2}'))[0] == [1, 2]
    assert elements('{"a": [], "entries": [{"n": 1}], "b": {}}')[0] == [1]
    assert elements('[{"n": 1}]')[0] == [1]
    assert elements(log())[0] == []


def test_a_document_without_the_array_is_its_members() -> None:
    found, reader = elements('{"log": {"entries": 3}, "a": 1}')

    assert (found, reader.has_array, reader.others) == ([], False, {"a": 1})


def test_several_documents_are_read_one_after_the_other() -> None:
    assert elements(log('{"n": 1}') + "\n" + log('{"n": 2}'))[0] == [1, 2]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_reading_goes_on_behind_a_broken_element(chunk_bytes: int) -> None:
    broken = '{"n": 2, "inner": [{"x": 1}, {"x" 2}, {"n": "in a string"}]}'
    text = log('{"n": 1}', broken.replace('{"n": "in', '{\\"n\\": "in'), '{"n": 3}', '{"n": 4}')

    assert elements(text, chunk_bytes=chunk_bytes)[0] == [1, BROKEN, 3, 4]


def test_each_element_in_a_damaged_stretch_is_counted() -> None:
    text = log('{"n": 1}', '{"n": 2, "s": "', '{"n": 3}', '{"n": 4, x}', '{"n": 5}')

    assert elements(text)[0] == [1, BROKEN, 3, BROKEN, 5]
    assert elements(log('{"n" 1, ', '"n": 2}', "}", '{"n": 3}'))[0] == [BROKEN, 3]


@pytest.mark.parametrize("kept", [10, 5])
def test_a_torn_file_gives_what_is_whole_and_says_that_it_is_torn(kept: int) -> None:
    text = log('{"n": 1}', '{"n": 2, "more": "text"}')

    assert elements(text[: text.index('"more"') + kept])[0] == [1, Skipped(TORN)]


def test_a_file_that_ends_between_two_elements_is_torn() -> None:
    text = log('{"n": 1}', '{"n": 2}')

    assert elements(text[: text.index(', {"n": 2')])[0] == [1, Skipped(TORN)]
    assert elements(text[: text.index('{"n": 2')])[0] == [1, Skipped(TORN)]


def test_missing_brackets_behind_the_array_lose_nothing() -> None:
    text = log('{"n": 1}')

    assert elements(text[: text.rindex("]") + 1])[0] == [1]


def test_what_is_behind_the_document_is_said() -> None:
    assert elements(log('{"n": 1}') + " and so on")[0] == [1, BROKEN]


def test_what_is_no_json_before_the_array_is_an_error() -> None:
    with pytest.raises(JsonTextError):
        elements('{"log": [1, 2] "entries": []}')
