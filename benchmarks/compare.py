"""Comparing two answers, against parsing them: one process, one core, no network.

The limit is what any exact comparison pays at least: ``orjson.loads`` of both bodies and ``==``.
DeepDiff compares the same pairs. The documents are the corpora's and generated ones; the lists are
the two shapes that make comparers quadratic. Memory is the peak of what Python allocates while a
pair is compared, over what its two parsed documents take.
"""

import functools
import gc
import itertools
import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from deepdiff import DeepDiff

from benchmarks import harness
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target
from shadowpact.compare import Comparer
from shadowpact.compare.settings import Rule
from shadowpact.model.exchange import Headers, Response

CORPORA = Path(__file__).resolve().parent.parent.parent / "shared" / "corpora" / "json"
JSON: Headers = ((b"content-type", b"application/json"),)

ORDERS = {"1 KB": 0, "80 KB": 82, "1 MB": 1050}
"""Generated documents, by the number of orders in them; 0 for a single order."""
CORPUS = ("twitter", "citm_catalog", "github")
LISTED = 10_000
SPARSE = 500
"""One value in so many differs (at least one)."""
DENSE = 50
"""The same for a pair in which nearly every object differs."""
TARGET_S = 0.15
"""A measurement repeats until about this time has passed."""

RULES = tuple(
    Rule(id=f"rule-{number}", kind="ignore", reason="a benchmark", path=path)
    for number, path in enumerate(
        (
            "$..created_at",
            "$.total",
            "$.orders[*].total",
            "$..email",
            "$.page",
            "$..items[*].price",
            "$.a.b.c",
            "$.orders[*].customer.address.zip",
            "$..in_stock",
            "$.x[*].y",
        )
    )
)

NOTES = (
    f"sparse: one value in {SPARSE} differs, at least one; dense: one in {DENSE}.",
    "limit: orjson.loads of both bodies and ==, of the same pair in the same round.",
    "The ten rules are of kind ignore; some match, some do not.",
    "Sides take turns, so that no pair is met that was parsed just before.",
    "DeepDiff gets documents that are parsed already; its time holds no parsing.",
)


def order(number: int, chance: random.Random) -> dict[str, Any]:
    """An order as a shop's API answers it, about 0.9 KB."""
    return {
        "id": number,
        "number": f"2025-{number:06d}",
        "status": chance.choice(["new", "paid", "shipped"]),
        "total": round(chance.random() * 500, 2),
        "discount": None,
        "gift": False,
        "created_at": "2025-06-15T15:06:40Z",
        "customer": {
            "id": 77 + number,
            "email": f"a{number}@shop.example",
            "address": {"street": "1 Sample Street", "city": "Exampleton", "zip": "00000"},
        },
        "items": [
            {
                "sku": f"SKU-{n}",
                "name": "Garden hose, 20 m",
                "quantity": n % 5 + 1,
                "price": round(chance.random() * 90, 2),
                "in_stock": n % 2 == 0,
            }
            for n in range(8)
        ],
    }


def document(name: str) -> Any:
    """A document by name, generated or from the corpora.

    Raises:
        BenchmarkError: The corpora are not there.
    """
    if name in ORDERS:
        chance = random.Random(1)  # noqa: S311  the same documents every time
        if not ORDERS[name]:
            return order(1, chance)
        return {"orders": [order(n, chance) for n in range(ORDERS[name])], "page": 1}
    path = CORPORA / f"{name}.json"
    if not path.exists():
        raise BenchmarkError(f"{path} is not there; the corpora belong beside the checkout")
    return orjson.loads(path.read_bytes())


def changed(value: Any, one_in: int) -> Any:
    """The document with one value in ``one_in`` changed, at least one."""
    places = list(_leaves(value, ()))
    count = max(1, len(places) // one_in)
    chosen = random.Random(2).sample(places, count)  # noqa: S311  the same every time
    copy = json.loads(json.dumps(value))
    for place in chosen:
        holder = copy
        for token in place[:-1]:
            holder = holder[token]
        old = holder[place[-1]]
        holder[place[-1]] = f"{old}x" if isinstance(old, str) else old + 1
    return copy


def _leaves(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*place, index))
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield place


def lists() -> dict[str, tuple[Any, Any]]:
    """The two shapes of ten thousand elements."""
    keyed = [
        {"id": n, "name": f"item {n}", "price": n * 1.25, "tags": ["a"]} for n in range(LISTED)
    ]
    shuffled = keyed.copy()
    random.Random(3).shuffle(shuffled)  # noqa: S311  the same every time
    keyless = [{"v": [n, n * 2], "w": {"x": n % 7}, "on": n % 2 == 0} for n in range(LISTED)]
    half = LISTED // 2
    return {
        "keyed, shuffled": (keyed, shuffled),
        "keyless, one inserted": (keyless, [*keyless[:half], {"v": [0]}, *keyless[half:]]),
    }


def answer(body: bytes) -> Response:
    """An answer with a body of its own: no two share their bytes in memory."""
    return Response(status=200, headers=JSON, body=bytes(bytearray(body)))


def timed(call: Callable[[], object]) -> Measurement:
    """Microseconds for one call: the best of five series."""
    started = time.perf_counter()
    call()
    once = max(time.perf_counter() - started, 1e-7)
    count = max(1, min(20_000, int(TARGET_S / 5 / once)))
    best = once
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(count):
            call()
        best = min(best, (time.perf_counter() - started) / count)
    return {"us": best * 1_000_000}


def _limit(one: bytes, other: bytes) -> bool:
    return bool(orjson.loads(one) == orjson.loads(other))


def memory(comparer: Comparer, one: bytes, other: bytes) -> Measurement:
    """Peak while comparing, over what the two parsed documents take."""
    answers = answer(one), answer(other)
    comparer.compare(*reversed(answers))
    gc.collect()
    tracemalloc.start()
    try:
        documents = orjson.loads(one), orjson.loads(other)
        parsed = tracemalloc.get_traced_memory()[0]
        del documents
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        comparer.compare(*answers)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    return {"peak_to_parsed": peak / parsed, "peak_kib": peak / 1024}


def variants(names: Sequence[str]) -> dict[str, Callable[[], Measurement]]:
    """What is measured once a round."""
    out: dict[str, Callable[[], Measurement]] = {}
    ruled, plain = Comparer(RULES), Comparer()
    for name in names:
        original = document(name)
        body = orjson.dumps(original)
        out[f"{name}: limit, equal"] = _timed(_limit, body, body)
        out[f"{name}: identical"] = _timed(ruled.compare, answer(body), answer(body))
        for density, one_in in (("sparse", SPARSE), ("dense", DENSE)):
            other = orjson.dumps(changed(original, one_in))
            out[f"{name}: limit, {density}"] = _timed(_limit, body, other)
            out[f"{name}: {density}"] = _timed_in_turn(ruled, body, other)
        out[f"{name}: memory"] = functools.partial(memory, ruled, body, other)
    sparse = changed(document("80 KB"), SPARSE)
    out["80 KB: DeepDiff"] = _timed(DeepDiff, document("80 KB"), sparse)
    for name, (one, other_list) in lists().items():
        bodies = orjson.dumps(one), orjson.dumps(other_list)
        out[f"{name}: limit"] = _timed(_limit, *bodies)
        out[name] = _timed_in_turn(plain, *bodies)
        out[f"{name}: memory"] = functools.partial(memory, plain, *bodies)
    return out


def _timed(call: Callable[..., object], *arguments: Any) -> Callable[[], Measurement]:
    return functools.partial(timed, functools.partial(call, *arguments))


def _timed_in_turn(comparer: Comparer, one: bytes, other: bytes) -> Callable[[], Measurement]:
    """This way and the other way round in turn, as the last pair that was parsed is remembered."""
    ways = itertools.cycle([(answer(one), answer(other)), (answer(other), answer(one))])
    return functools.partial(timed, lambda: comparer.compare(*next(ways)))


def figures(measured: Measured, names: Sequence[str]) -> Iterator[Figure]:
    """The lines of the table."""
    for name in names:
        limit = f"{name}: limit, equal"
        yield measured.ratio(
            limit,
            f"{name}: identical",
            "us",
            name=f"{name}: the limit over identical bodies",
            target=Target(at_least=20),
        )
        yield measured.ratio(
            f"{name}: sparse",
            f"{name}: limit, sparse",
            "us",
            name=f"{name}: sparse differences, ten rules",
            target=Target(at_most=2.5),
        )
        yield measured.ratio(
            f"{name}: dense",
            f"{name}: limit, dense",
            "us",
            name=f"{name}: dense differences, ten rules",
        )
    yield measured.ratio(
        "80 KB: DeepDiff",
        "80 KB: sparse",
        "us",
        name="80 KB: DeepDiff over ours, parsing included in ours",
        target=Target(at_least=100),
    )
    for name, most in (("keyed, shuffled", 5), ("keyless, one inserted", 10)):
        yield measured.ratio(
            name,
            f"{name}: limit",
            "us",
            name=f"{LISTED:,} objects: {name}",
            target=Target(at_most=most),
        )
    for name in (*names, "keyed, shuffled", "keyless, one inserted"):
        yield measured.absolute(
            f"{name}: memory",
            "peak_to_parsed",
            name=f"{name}: peak memory",
            unit="x two parsed documents",
            target=Target(at_most=3),
        )


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Run the benchmark."""
    given = harness.options(__doc__ or "").parse_args(arguments)
    names = ("1 KB", "80 KB") if given.quick else (*ORDERS, *CORPUS)
    rounds = 1 if given.quick else given.rounds
    run = harness.Run("compare", quick=given.quick)
    measured = harness.interleave(variants(names), rounds)
    result = run.finish(
        measured,
        tuple(figures(Measured(measured), names)),
        settings={
            "deepdiff": version("deepdiff"),
            "dense-one-in": DENSE,
            "listed": LISTED,
            "rounds": rounds,
            "rules": len(RULES),
            "sparse-one-in": SPARSE,
        },
        notes=NOTES,
    )
    return (result,)


if __name__ == "__main__":
    harness.main(measure)
