import gzip
from typing import Any

import pytest

from shadowpact.compare.gathering import document_of, lists_in
from shadowpact.model.encoding import UndecodableError
from support.build import JSON, response


def test_the_json_of_an_answer_is_decoded() -> None:
    packed = response(
        body=gzip.compress(b'{"id":1}'), headers=(*JSON, (b"content-encoding", b"gzip"))
    )
    lines = response(
        body=b'{"id":1}\n{"id":2}\n', headers=((b"content-type", b"application/x-ndjson"),)
    )

    assert document_of(packed, "GET") == {"id": 1}
    assert document_of(lines, "GET") == [{"id": 1}, {"id": 2}]


def test_what_has_no_json_has_no_document() -> None:
    assert document_of(response({"id": 1}), "HEAD") is None
    assert document_of(response(body=b""), "GET") is None
    assert (
        document_of(response(body=b"a", headers=((b"content-type", b"text/css"),)), "GET") is None
    )


def test_what_is_not_what_it_says_is_refused() -> None:
    with pytest.raises(UndecodableError):
        document_of(response(body=b"{"), "GET")


@pytest.mark.parametrize(
    ("baseline", "candidate", "paths"),
    [
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}]}, {"$.a": [{"x": 2}]}),
        ({"a": [{"x": 1}]}, {"a": 1}, {"$.a": []}),
        ({"a": [{"x": 1}]}, None, {"$.a": []}),
        ([[{"x": 1}]], [[{"x": 2}]], {"$[*]": [{"x": 2}]}),
    ],
)
def test_each_list_comes_with_the_one_in_its_place(
    baseline: Any, candidate: Any, paths: dict[str, Any]
) -> None:
    assert {path: other for path, _, other in lists_in(baseline, candidate)} == paths


def test_elements_without_a_key_do_not_stand_for_each_other() -> None:
    baseline = [{"v": 1.5, "a": [{"x": 1}]}, {"v": 2.5, "a": [{"x": 2}]}]

    found = list(lists_in(baseline, list(reversed(baseline))))

    assert [other for path, _, other in found if path == "$[*].a"] == [[], []]
