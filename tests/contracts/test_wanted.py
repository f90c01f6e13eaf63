from pathlib import Path

import pytest

from shadowpact.contracts.wanted import nothing_wanted, root_of, wanted_in
from shadowpact.errors import UsageError
from support.pacts import interaction, write_pact


def test_each_interaction_comes_with_its_pact_alone(tmp_path: Path) -> None:
    file = write_pact(tmp_path, interaction("k1", pending=True), interaction("k2"))
    first, second = wanted_in(tmp_path, provider="orders", consumer="web")

    assert [one.key for one in (first, second)] == ["k1", "k2"]
    assert [len(one.pact["interactions"]) for one in (first, second)] == [1, 1]
    assert (first.file, first.consumer, first.provider) == (file, "web", "orders")
    assert (first.is_pending, second.is_pending) == (True, False)
    assert first.is_http


def test_only_those_of_provider_and_consumer_are_wanted(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction())

    assert wanted_in(tmp_path, provider="billing") == []
    assert wanted_in(tmp_path, consumer="app") == []
    assert len(wanted_in(tmp_path)) == 1


def test_why_there_is_nothing_is_said(tmp_path: Path) -> None:
    assert nothing_wanted(tmp_path, "orders", None) == f"{tmp_path}: there is no pact in it"
    write_pact(tmp_path, interaction())

    assert nothing_wanted(tmp_path, "billing", "app") == (
        f"{tmp_path}: no interaction of provider 'billing' and consumer 'app'; "
        "there are pacts of web → orders"
    )


def test_an_interaction_without_a_key_has_its_description_for_a_name(tmp_path: Path) -> None:
    bare = {name: held for name, held in interaction("k").items() if name not in {"key", "type"}}
    write_pact(tmp_path, bare)
    (one,) = wanted_in(tmp_path)

    assert (one.key, one.name) == ("", "description of k")
    assert one.is_http


def test_what_stands_beside_is_found_from_a_file_too(tmp_path: Path) -> None:
    file = write_pact(tmp_path / "web" / "orders", interaction())

    assert root_of(tmp_path) == tmp_path
    assert root_of(file, wanted_in(file)) == tmp_path
    with pytest.raises(UsageError):
        wanted_in(tmp_path / "gone")
