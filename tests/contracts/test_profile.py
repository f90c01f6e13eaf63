from typing import Any

import pytest

from shadowpact.contracts import profile as profile_module
from shadowpact.contracts.profile import ALL_OF, Profiler, facts_of
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.exchange import Cut, Response
from support.build import JSON, response
from support.population import BEHAVIOUR, profile_from


def looked_into(profiler: Profiler, answer: Response, chance: int = 0) -> bool:
    return bool(profiler.facts(BEHAVIOUR, answer, chance, lambda: answer))


def kinds(*documents: Any) -> dict[str, dict[str, int]]:
    return {path: dict(stats.kinds) for path, stats in profile_from(documents).fields.items()}


def test_every_place_is_counted_with_what_is_there() -> None:
    assert kinds({"a": 1, "l": [{"x": 1.5}, {"x": None}], "b": True}, {"a": "t", "l": []}) == {
        "$": {"object": 2},
        "$.a": {"integer": 1, "string": 1},
        "$.b": {"boolean": 1},
        "$.l": {"list": 2},
        "$.l[*]": {"object": 2},
        "$.l[*].x": {"decimal": 1, "null": 1},
    }


def test_names_that_are_data_are_one_place() -> None:
    profile = profile_from([{"by_id": {"17": {"n": 1}, "18": {"n": 2}}, "a.b": 1}])

    assert set(profile.fields) == {"$", '$["a.b"]', "$.by_id", "$.by_id.*", "$.by_id.*.n"}
    assert profile.fields["$.by_id"].keys == {"integer": 2}


def test_formats_and_the_values_of_short_words_are_counted() -> None:
    documents = [
        {"s": s, "d": "2024-01-02", "n": n} for n, s in enumerate(["open", "paid", "open"])
    ]
    fields = profile_from(documents).fields

    assert fields["$.s"].values == {"open": 2, "paid": 1}
    assert (fields["$.d"].formats, fields["$.d"].values) == ({"date": 3}, {})


@pytest.mark.parametrize("text", ["[redacted]", "x" * 41, "a sentence, with a comma", "17"])
def test_a_text_that_is_no_short_word_ends_the_list_of_values(text: str) -> None:
    fields = profile_from([{"s": "open"}, {"s": text}, {"s": "paid"}]).fields

    assert fields["$.s"].has_many
    assert fields["$.s"].values == {}


def test_more_values_than_are_kept_end_the_list_too() -> None:
    fields = profile_from([{"s": f"value{chr(97 + n)}"} for n in range(20)]).fields

    assert fields["$.s"].has_many
    assert fields["$.s"].of("string") == 20


def test_the_same_body_is_counted_once() -> None:
    assert profile_from([{"a": 1}] * 5 + [{"a": 2}]).documents == 2


def test_after_the_first_ones_only_some_are_looked_into() -> None:
    profiler = Profiler()
    first = [looked_into(profiler, response({"n": n}), 1) for n in range(ALL_OF)]

    assert all(first)
    assert not looked_into(profiler, response({"n": -1}), 1)
    assert looked_into(profiler, response({"n": -1}), 16)


def test_the_redacted_answer_is_only_made_for_what_is_looked_into() -> None:
    def refuse() -> Response:
        raise AssertionError

    profiler = Profiler()
    cut = Cut(reason="over-cap", length_bytes=9, sha256=b"0" * 32)

    assert profiler.facts(BEHAVIOUR, response(body=b"{", cut=cut), 0, refuse) == {}
    assert profiler.facts(BEHAVIOUR, response(body=b""), 0, refuse) == {}
    assert profiler.facts(BEHAVIOUR, response(body=b" " * 300_000), 0, refuse) == {}


def test_what_is_no_json_has_no_facts() -> None:
    assert facts_of(response(body=b"<p>", headers=((b"content-type", b"text/html"),))) == {}
    assert facts_of(response(body=b"{", headers=JSON)) == {}


def test_behaviours_and_places_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_module, "BEHAVIOUR_LIMIT", 1)
    monkeypatch.setattr(profile_module, "PATH_LIMIT", 2)
    profiler = Profiler()
    answer = response({"a": 1, "b": 2})
    other = BehaviourKey("default", "orders", "GET /x", 200, "shape")

    assert set(profiler.facts(BEHAVIOUR, answer, 0, lambda: answer)) == {
        ("$", "object"),
        ("$.a", "integer"),
    }
    assert profiler.facts(other, answer, 0, lambda: answer) == {}
