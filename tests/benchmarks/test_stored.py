from pathlib import Path

from benchmarks.contracts import build_variants, figures
from benchmarks.figures import Measured
from benchmarks.stored import fill, pairs
from shadowpact.model.batch import BehaviourKey
from shadowpact.state import open_store


def test_the_same_seed_gives_the_same_traffic() -> None:
    assert list(pairs(50, seed=1)) == list(pairs(50, seed=1)) != list(pairs(50, seed=2))


def test_the_store_knows_consumers_behaviours_findings_and_populations(tmp_path: Path) -> None:
    fill(tmp_path / "state", 400)
    store = open_store(tmp_path / "state")
    behaviours, findings, profiles = store.behaviours(), store.findings(), store.profiles()
    store.close()

    assert {one.consumer for one in behaviours} == {"web", "mobile", "partner"}
    assert {one.status for one in behaviours} == {200, 404}
    assert {one.path for one in findings} == {"$.total"}
    assert profiles.keys() == {
        BehaviourKey(b.consumer, b.candidate, b.route, b.status, b.shape) for b in behaviours
    }


def test_a_build_is_measured_and_a_second_one_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "state", 8)

    done = {name: run() for name, run in build_variants(tmp_path / "state", tmp_path, None).items()}
    shown = {one.name: one for one in figures(Measured((done,)))}

    assert done["build"]["interactions"] == done["build again"]["interactions"] > 0
    assert shown["build: peak memory"].outcome == "ok"
