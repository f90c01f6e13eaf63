from pathlib import Path

import pytest

from shadowpact import config
from shadowpact.model.batch import Batch
from shadowpact.replay import ReplayOptions, settings_for
from shadowpact.replay.kept import SHARES, Kept, is_kept, keep, look

OPTIONS = ReplayOptions(recording=Path("traffic.har"))
SETTINGS = settings_for(config.loads(""), to="http://new.test")
BATCH = Batch(outcomes={("GET /", "candidate", "pair", ""): 1})


def opened(state: Path, *, resume: bool = False, workers: int = 1) -> tuple[int, Kept, list[str]]:
    """How many pairs are there, and what was said; the store is closed again."""
    said: list[str] = []
    kept = keep(OPTIONS, SETTINGS, state, resume=resume, workers=workers, warn=said.append)
    pairs = kept.store.evidence().pairs
    kept.store.commit(BATCH, None)
    kept.store.close()
    return pairs, kept, said


def test_a_new_run_forgets_what_the_last_one_found(tmp_path: Path) -> None:
    opened(tmp_path)

    assert opened(tmp_path)[0] == 0


def test_a_new_run_shares_sessions_out_anew_and_a_resumed_one_does_not(tmp_path: Path) -> None:
    def has_shares(*, resume: bool) -> bool:
        _, kept, _ = opened(tmp_path, resume=resume)
        assert kept.folder is not None
        return (kept.folder / SHARES).exists()

    _, kept, _ = opened(tmp_path)
    assert kept.folder is not None
    (kept.folder / SHARES).write_text("{}")

    assert has_shares(resume=True)
    assert not has_shares(resume=False)


def test_a_resumed_run_goes_on_with_it(tmp_path: Path) -> None:
    opened(tmp_path)
    pairs, kept, said = opened(tmp_path, resume=True)

    assert (pairs, said) == (1, [])
    assert kept.folder is not None
    assert is_kept(kept.folder)


def test_a_run_that_has_nothing_to_go_on_with_says_so_and_begins(tmp_path: Path) -> None:
    pairs, _, (said,) = opened(tmp_path, resume=True)

    assert pairs == 0
    assert "starts at the beginning" in said


@pytest.mark.parametrize(
    ("first", "then", "count", "is_said"),
    [(2, 2, 2, False), (2, 1, 2, False), (2, 3, 2, True), (1, 2, 1, True)],
)
def test_a_resumed_run_has_as_many_workers_as_the_first(
    tmp_path: Path, first: int, then: int, count: int, is_said: bool
) -> None:
    opened(tmp_path, workers=first)
    _, kept, said = opened(tmp_path, resume=True, workers=then)

    assert kept.workers == count
    assert bool(said) is is_said


def test_where_nothing_can_be_kept_one_worker_runs_in_memory_and_it_is_said(
    tmp_path: Path,
) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    pairs, kept, (said,) = opened(tmp_path / "state", workers=2)

    assert (pairs, kept.folder, kept.workers) == (0, None, 1)
    assert "nothing will be kept (with one worker)" in said


def test_looking_makes_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    kept = look(OPTIONS, SETTINGS, tmp_path, warn=said.append)
    kept.store.close()

    assert list(tmp_path.iterdir()) == []
    assert "no earlier run" in said[0]


def test_looking_finds_what_was_kept(tmp_path: Path) -> None:
    opened(tmp_path)
    kept = look(OPTIONS, SETTINGS, tmp_path, warn=pytest.fail)
    pairs = kept.store.evidence().pairs
    kept.store.close()

    assert pairs == 1
