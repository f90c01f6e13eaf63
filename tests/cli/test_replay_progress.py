from pathlib import Path

from shadowpact.cli.replay_progress import following, line
from shadowpact.model.evidence import Evidence
from shadowpact.state import open_store
from support.replays import asked, recorded

SEEN = Evidence(
    exchanges=1250,
    pairs=1200,
    equal=1100,
    dropped={"write-policy": 30, "no-candidate": 10},
    incomparable={"unknown-alias": 10},
)


def test_it_says_how_far_how_fast_and_what_came_of_it() -> None:
    assert line(SEEN, 1250, 5000, 2.5).plain == (
        "1,250 of 5,000 done, 500/s   1,100 equal  100 differing  10 incomparable  40 dropped  "
        "0:08 left"
    )


def test_a_run_that_goes_on_is_as_fast_as_it_is_now() -> None:
    assert "250/s" in line(SEEN, 250, 5000, 1.0).plain
    assert "0:15 left" in line(SEEN, 250, 5000, 1.0).plain


def test_long_runs_are_told_in_hours() -> None:
    assert "1:02:30 left" in line(SEEN, 1, 1250 + 3750, 1.0).plain


def test_without_a_total_no_time_is_guessed() -> None:
    text = line(SEEN, 1250, None, 2.5).plain

    assert text.startswith("1,250 done, 500/s")
    assert "left" not in text


def test_nothing_yet_is_no_division_by_zero() -> None:
    assert line(Evidence(), 0, 100, 0.0).plain.startswith("0 of 100 done, 0/s")


def test_nothing_is_shown_where_nobody_looks(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "r", [asked(1)])
    store = open_store(None)
    with following(store, folder, None):
        pass
    store.close()
