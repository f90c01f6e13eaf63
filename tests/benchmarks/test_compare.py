import orjson

from benchmarks.compare import RULES, answer, changed, document, lists, memory, timed
from shadowpact.compare import Comparer
from shadowpact.model.exchange import Response


def test_the_generated_documents_have_the_sizes_they_are_named_for() -> None:
    sizes = {name: len(orjson.dumps(document(name))) for name in ("1 KB", "80 KB", "1 MB")}

    assert 800 < sizes["1 KB"] < 1_200
    assert 70_000 < sizes["80 KB"] < 90_000
    assert 900_000 < sizes["1 MB"] < 1_100_000


def test_one_value_in_so_many_is_changed_and_at_least_one() -> None:
    original = {"orders": [{"a": n, "b": "x", "c": True, "d": None} for n in range(50)]}

    one, ten = (
        Comparer().compare(*bodies)
        for bodies in (
            pair(original, changed(original, 1_000)),
            pair(original, changed(original, 10)),
        )
    )

    assert len(one.differences) == 1
    assert len(ten.differences) == 10


def pair(one: object, other: object) -> tuple[Response, Response]:
    return answer(orjson.dumps(one)), answer(orjson.dumps(other))


def test_the_lists_hold_what_is_measured() -> None:
    (keyed, shuffled), (keyless, inserted) = lists().values()

    assert keyed != shuffled
    assert sorted(each["id"] for each in shuffled) == [each["id"] for each in keyed]
    assert len(inserted) == len(keyless) + 1


def test_time_and_memory_are_measured() -> None:
    body = orjson.dumps(document("1 KB"))

    assert timed(lambda: None)["us"] > 0
    assert memory(Comparer(RULES), body, body.replace(b"new", b"old"))["peak_to_parsed"] > 0
