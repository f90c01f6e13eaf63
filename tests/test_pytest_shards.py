import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shadowpact.contracts.wanted import Wanted, wanted_in
from shadowpact.pytest_shards import SHARD_SIZE, Asked, Shards, shards
from support.pacts import interaction, pact
from support.provider import Provider, json_reply, provider


def settings(workers: int = 0, **given: Any) -> pytest.Config:
    """As pytest's, with these options given and nothing in its configuration file."""
    options = {f"shadowpact_{name}": value for name, value in given.items()}
    lists = {"shadowpact_header": list[str]()}
    made = SimpleNamespace(getoption=options.get, getini=lists.get)
    if workers:
        made.workerinput = {"workercount": workers}
    return cast("pytest.Config", made)


def wanted(folder: Path, count: int, provider_name: str = "orders") -> dict[str, Wanted]:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{provider_name}.json"
    made = pact(*(interaction(f"k{number}") for number in range(count)), provider=provider_name)
    file.write_text(json.dumps(made))
    return {f"{file}::{one.key}": one for one in wanted_in(file)}


def asked(server: Provider, **functions: Any) -> Asked:
    return Asked(url=server.url, headers={}, functions=functions)


def sizes(held: Mapping[str, tuple[str, ...]]) -> list[int]:
    return sorted(len(shard) for shard in set(held.values()))


def test_a_shard_is_of_one_folder_and_one_provider(tmp_path: Path) -> None:
    ones = {
        **wanted(tmp_path / "a", 3),
        **wanted(tmp_path / "b", 2),
        **wanted(tmp_path / "b", 4, "billing"),
    }

    assert sizes(shards(ones, workers=0)) == [2, 3, 4]
    assert shards(ones, workers=0).keys() == ones.keys()


def test_shards_are_as_large_as_progress_allows(tmp_path: Path) -> None:
    assert sizes(shards(wanted(tmp_path, SHARD_SIZE + 1), workers=0)) == [1, SHARD_SIZE]


def test_with_workers_there_is_a_shard_for_each(tmp_path: Path) -> None:
    assert sizes(shards(wanted(tmp_path, 10), workers=3)) == [2, 4, 4]
    assert sizes(shards(wanted(tmp_path, 2), workers=8)) == [1, 1]


def test_what_one_session_makes_ready_is_one_shard(tmp_path: Path) -> None:
    many = wanted(tmp_path, SHARD_SIZE + 1)

    assert sizes(shards(many, workers=3, is_whole=True)) == [SHARD_SIZE + 1]
    assert shards({}, workers=0, is_whole=True) == {}


def test_an_item_that_runs_again_is_verified_again_and_alone(tmp_path: Path) -> None:
    ones = wanted(tmp_path, 3)
    prices = iter([500, 200, 200, 200])
    with provider(lambda _: json_reply({}, next(prices))) as server:
        held = Shards(settings())
        first = [held.told(one, ones, asked(server), tmp_path).outcome for one in ones]
        again = held.told(next(iter(ones)), ones, asked(server), tmp_path)

    assert sorted(first) == ["failed", "passed", "passed"]
    assert again.outcome == "passed"
    assert len(server.asked) == 4


def test_workers_share_what_one_of_them_found(tmp_path: Path) -> None:
    ones = wanted(tmp_path / "pacts", 4)
    with provider(lambda _: json_reply({})) as server:
        for worker in ("gw0", "gw1"):
            held = Shards(settings(workers=2))
            told = [held.told(one, ones, asked(server), tmp_path / worker) for one in ones]

            assert {one.outcome for one in told} == {"passed"}
    assert len(server.asked) == 4


@pytest.mark.parametrize("workers", [0, 2])
def test_a_reason_is_said_once_in_a_run(workers: int, tmp_path: Path) -> None:
    ones = wanted(tmp_path / "pacts", 1)
    with provider(lambda _: None) as server:
        many = [Shards(settings(workers=workers)) for _ in range(2 if workers else 1)]
        for number, held in enumerate(many):
            held.told(next(iter(ones)), ones, asked(server), tmp_path / f"gw{number}")
    said = [held.is_first(reason) for reason in ("a", "b") for held in (*many, many[0])]

    assert said.count(True) == 2


@pytest.mark.parametrize(
    ("given", "functions", "words"),
    [
        ({"timeout": "soon"}, {}, "--shadowpact-timeout 'soon'"),
        ({"timeout": "0"}, {}, "--shadowpact-timeout '0'"),
        ({"states": "states.py"}, {"s": print}, "use one of them"),
        ({"header": ["no name"]}, {}, "is not like 'Authorization"),
    ],
)
def test_settings_that_cannot_work_are_the_reason_why_nothing_was_verified(
    given: dict[str, Any], functions: dict[str, Any], words: str, tmp_path: Path
) -> None:
    ones = wanted(tmp_path, 2)
    with provider(lambda _: json_reply({})) as server:
        held = Shards(settings(**given))
        told = [held.told(one, ones, asked(server, **functions), tmp_path) for one in ones]

    assert {one.outcome for one in told} == {"unverified"}
    assert words in told[0].text
    assert server.asked == []
