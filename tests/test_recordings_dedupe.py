"""Taking repetition out of a recording, from file to file."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.recordings_dedupe import dedupe
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer
from support.build import exchange, request, response
from support.imported import held
from support.recordings import damage_payload, numbered, record

SEALER = Sealer(bytes(range(64)))
OTHERS = Sealer(bytes(range(64, 128)))


def contents(path: Path) -> list[bytes]:
    files = sorted(path.glob("*.rec")) if path.is_dir() else [path]
    return [file.read_bytes() for file in files]


def visit(session: str) -> list[Exchange]:
    """A login, something bought, and the cart, all in one session."""
    headers = ((b"cookie", f"sid={session}".encode()),)
    cookie = ((b"set-cookie", f"sid={session}; Path=/".encode()),)
    return [
        exchange(request("POST", "/login"), response({}, headers=cookie), client=session),
        exchange(request("POST", "/cart", headers=headers, body=b"{}"), client=session),
        exchange(request(target="/cart", headers=headers), response([1]), client=session),
    ]


@pytest.mark.parametrize("name", ["folder", "x.rec", "x.har", "x.mitm"])
@pytest.mark.parametrize("whole_sessions", [False, True])
def test_the_same_input_gives_the_same_bytes(
    name: str, whole_sessions: bool, tmp_path: Path
) -> None:
    record(tmp_path / "a", [numbered(n) for n in range(1000)], segment_bytes=4096)
    for folder in ("one", "two"):
        dedupe(
            tmp_path / "a",
            tmp_path / folder / name,
            routes=RouteTable([]),
            sealer=SEALER,
            whole_sessions=whole_sessions,
        )

    assert contents(tmp_path / "one" / name) == contents(tmp_path / "two" / name)
    assert contents(tmp_path / "one" / name)


def test_what_is_kept_stays_in_order_and_as_it_was(tmp_path: Path) -> None:
    exchanges = [numbered(n) for n in range(100)]
    record(tmp_path / "a", exchanges)
    done = dedupe(tmp_path / "a", tmp_path / "b", routes=RouteTable([]), sealer=SEALER, keep=3)
    kept = held(tmp_path / "b").exchanges

    assert list(kept) == [one for one in exchanges if one in kept]
    assert (done.exchanges, done.left_out, done.shapes) == (len(kept), 100 - len(kept), 1)
    assert done.routes == {"GET /orders/{id}": (100, len(kept))}


def test_whole_sessions_are_kept_with_their_login(tmp_path: Path) -> None:
    record(tmp_path / "a", [one for n in range(50) for one in visit(f"number-{n}")])
    done = dedupe(
        tmp_path / "a",
        tmp_path / "b",
        routes=RouteTable([]),
        sealer=SEALER,
        whole_sessions=True,
    )

    assert done.sessions == (1, 50)
    assert [SEALER.open(one) for one in held(tmp_path / "b").exchanges] == visit("number-0")


def test_what_is_sealed_is_looked_into_and_stays_sealed(tmp_path: Path) -> None:
    plain = [
        exchange(request(target=f"/a?token=made-up-{n}&x{n % 2}=1"), response({"a": n}))
        for n in range(20)
    ]
    record(tmp_path / "a", [SEALER.seal(one) for one in plain])
    done = dedupe(tmp_path / "a", tmp_path / "b", routes=RouteTable([]), sealer=SEALER, keep=1)

    assert done.shapes == 2
    assert all("made-up" not in one.request.target for one in held(tmp_path / "b").exchanges)
    assert all(SEALER.open(one) in plain for one in held(tmp_path / "b").exchanges)


def test_what_another_key_sealed_is_kept_by_what_can_be_seen_of_it(tmp_path: Path) -> None:
    headers = ((b"cookie", b"sid=made-up-1"),)
    sealed = [OTHERS.seal(exchange(request(headers=headers))) for _ in range(20)]
    record(tmp_path / "a", sealed)
    dedupe(tmp_path / "a", tmp_path / "b", routes=RouteTable([]), sealer=SEALER, keep=1)

    assert set(held(tmp_path / "b").exchanges) == {sealed[0]}


def test_damage_is_counted(tmp_path: Path) -> None:
    (segment,) = record(tmp_path / "a", [numbered(n) for n in range(9)])
    damage_payload(segment, 4)
    done = dedupe(tmp_path / "a", tmp_path / "b", routes=RouteTable([]), sealer=SEALER)

    assert done.skipped == {"damaged": 1}
    assert done.exchanges + done.left_out == 8


def test_a_recording_is_not_written_over_itself(tmp_path: Path) -> None:
    record(tmp_path / "a", [numbered(1)])

    with pytest.raises(UsageError, match="is what is read"):
        dedupe(tmp_path / "a", tmp_path / "a", routes=RouteTable([]), sealer=SEALER)


def test_memory_does_not_grow_with_the_exchanges(tmp_path: Path) -> None:
    def many() -> Iterator[Exchange]:
        return (numbered(n, padding=2000) for n in range(5000))

    record(tmp_path / "a", many())
    tracemalloc.start()
    try:
        dedupe(tmp_path / "a", tmp_path / "b", routes=RouteTable([]), sealer=SEALER)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 6_000_000
