import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare.strictjson import parse_strictly
from shadowpact.model.encoding import UndecodableError

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 2]))
def test_what_the_standard_library_writes_is_read_as_it_was(
    document: Any, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)

    assert parse_strictly(text.encode()) == document


def test_a_long_string_that_does_not_end_is_refused_quickly() -> None:
    with pytest.raises(UndecodableError, match="a string that does not end"):
        parse_strictly(b'"' + b"a" * 1_000_000)


def test_a_position_counts_characters_from_1() -> None:
    with pytest.raises(UndecodableError, match=r"\(character 5\)"):
        parse_strictly('["é"x]'.encode())
