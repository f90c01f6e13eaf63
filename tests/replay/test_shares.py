import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.model.exchange import Exchange
from shadowpact.replay import ReplayOptions
from shadowpact.replay.kept import SHARES
from shadowpact.replay.shares import COUNTED, shared_out, shares
from shadowpact.secrets import Sealer
from support.build import exchange, request
from support.replays import KEY, asked, recorded

SEALER = Sealer(KEY)

ASKED = st.dictionaries(st.text(max_size=3), st.integers(1, 50), max_size=30)


def load_of(owners: dict[str, int], counted: dict[str, int]) -> Counter[int]:
    return sum((Counter({owners[one]: count}) for one, count in counted.items()), Counter[int]())


@given(ASKED, st.integers(1, 6))
def test_no_worker_has_more_than_another_but_for_one_session(
    counted: dict[str, int], count: int
) -> None:
    owners = shared_out(counted, count)
    loads = load_of(owners, counted)

    assert owners.keys() == counted.keys()
    assert set(owners.values()) <= set(range(count))
    for owner, load in loads.items():
        smallest = min(counted[one] for one in counted if owners[one] == owner)
        assert load - smallest <= min(loads[other] for other in range(count))


@given(st.permutations([("a", 3), ("b", 3), ("c", 1), ("d", 3), ("e", 2)]))
def test_shares_do_not_depend_on_who_came_first(counted: list[tuple[str, int]]) -> None:
    assert shared_out(dict(counted), 2) == {"a": 0, "b": 1, "d": 0, "e": 1, "c": 1}


@pytest.mark.parametrize("count", [2, 4, 8])
def test_a_few_connections_are_shared_out_evenly(tmp_path: Path, count: int) -> None:
    clients = tuple(f"c{number}" for number in range(8))
    recording = recorded(tmp_path / "r", [asked(n, of=clients) for n in range(80)])

    made = shares(ReplayOptions(recording=recording), tmp_path, SEALER, count)

    assert made.keys() == {f"client:{one}" for one in clients}
    assert set(Counter(made.values()).values()) == {8 // count}


def test_sessions_are_those_of_the_replay(tmp_path: Path) -> None:
    def signed_in(token: bytes) -> Exchange:
        headers = ((b"Authorization", b"Bearer not-a-real-token-" + token),)
        return SEALER.seal(exchange(request(headers=headers)))

    recording = recorded(tmp_path / "r", [signed_in(b"1"), signed_in(b"2"), signed_in(b"1")])
    by_client = ReplayOptions(recording=recording, replaying=ReplaySettings(session="client"))
    folder = tmp_path / "by-client"
    folder.mkdir()

    assert len(shares(ReplayOptions(recording=recording), tmp_path, SEALER, 2)) == 2
    assert shares(by_client, folder, SEALER, 2) == {"client:c1": 0}


def test_a_run_that_goes_on_keeps_the_shares_of_the_first(tmp_path: Path) -> None:
    before = [asked(n, of=("c1", "c2", "c3")) for n in range(30)]
    first = recorded(tmp_path / "r", before)
    then = recorded(tmp_path / "s", before[::-1] + before[5:])

    made = shares(ReplayOptions(recording=first), tmp_path, SEALER, 3)

    assert shares(ReplayOptions(recording=then), tmp_path, SEALER, 3) == made


def test_what_is_kept_names_sessions_as_the_key_has_it(tmp_path: Path) -> None:
    by_user = ReplaySettings(session="header:x-user")
    users = [exchange(request(headers=((b"X-User", name),))) for name in (b"ann", b"bob", b"ann")]
    options = ReplayOptions(recording=recorded(tmp_path / "r", users), replaying=by_user)
    folder = tmp_path / "other"
    folder.mkdir()

    made = shares(options, tmp_path, SEALER, 2)
    other = shares(options, folder, Sealer(bytes(64)), 2)

    assert json.loads((tmp_path / SHARES).read_text()) == made
    assert sorted(made.values()) == [0, 1]
    assert not made.keys() & other.keys()


@pytest.mark.parametrize("damaged", [b"", b'{"client:c1"', b'{"\xff": 1}', b'{"client:c1": 2}'])
def test_what_is_kept_and_makes_no_sense_is_counted_again(tmp_path: Path, damaged: bytes) -> None:
    recording = recorded(tmp_path / "r", [asked(1)])
    (tmp_path / SHARES).write_bytes(damaged)

    assert shares(ReplayOptions(recording=recording), tmp_path, SEALER, 2) == {"client:c1": 0}


def test_only_the_beginning_is_counted(tmp_path: Path) -> None:
    late = [asked(COUNTED + n, of=("late",)) for n in range(5)]
    recording = recorded(tmp_path / "r", [*map(asked, range(COUNTED)), *late])

    assert shares(ReplayOptions(recording=recording), tmp_path, SEALER, 2) == {"client:c1": 0}


def test_what_cannot_be_read_is_for_the_workers_to_say(tmp_path: Path) -> None:
    assert shares(ReplayOptions(recording=tmp_path / "missing"), tmp_path, SEALER, 2) == {}


def test_where_nothing_can_be_kept_the_shares_are_made_all_the_same(tmp_path: Path) -> None:
    recording = recorded(tmp_path / "r", [asked(1)])

    made = shares(ReplayOptions(recording=recording), tmp_path / "missing", SEALER, 2)

    assert made == {"client:c1": 0}
