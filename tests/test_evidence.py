from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadowpact.evidence import Backlog, backlog, evidence
from shadowpact.model.batch import Batch, Cursor
from shadowpact.recording.losses import LossCounter
from shadowpact.recording.reader import Follower
from shadowpact.state import open_store, recording_folder
from shadowpact.store.sql import SqlStore
from support.build import STARTED_US
from support.clock import ManualClock
from support.recordings import frame_ends, numbered, record

CLOCK = ManualClock(now_us=STARTED_US + 5_000_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def recorded(state: Path, count: int) -> tuple[Path, ...]:
    return record(recording_folder(state), map(numbered, range(count)), segment_bytes=1000)


def cursor_after(state: Path, count: int, *ahead: int) -> Cursor:
    with Follower(recording_folder(state)) as follower:
        for _ in range(count):
            follower.read(1)
        at = follower.position
    return Cursor(
        recording="test",
        segment=at.segment,
        offset=at.offset,
        sequence=at.sequence,
        ahead=ahead,
    )


def commit(store: SqlStore, cursor: Cursor | None, **outcomes: int) -> None:
    counts = {
        ("GET /", "orders", "dropped", name.replace("_", "-")): n for name, n in outcomes.items()
    }
    store.commit(Batch(outcomes=counts), cursor)  # type: ignore[arg-type]  # a literal in the key


def test_a_state_without_anything_says_nothing(tmp_path: Path, store: SqlStore) -> None:
    found = evidence(tmp_path, store, CLOCK)

    assert (found.exchanges, found.backlog, found.lag_ms, found.hook_errors) == (0, 0, 0, 0)


def test_losses_of_the_addon_are_added_by_reason(tmp_path: Path, store: SqlStore) -> None:
    recorded(tmp_path, 1)
    losses = LossCounter(recording_folder(tmp_path))
    losses.open()
    for reason in ("disk-full", "backlog-full", "disk-full"):
        losses.drop(reason)
    losses.hook_error()
    losses.close()
    commit(store, None, disk_full=5, lag=1)
    found = evidence(tmp_path, store, CLOCK)

    assert found.dropped == {"backlog-full": 1, "disk-full": 7, "lag": 1}
    assert list(found.dropped) == sorted(found.dropped)
    assert found.exchanges == found.pairs + sum(found.dropped.values()) == 9
    assert found.hook_errors == 1


def test_what_nobody_has_worked_on_is_backlog(tmp_path: Path, store: SqlStore) -> None:
    recorded(tmp_path, 30)
    found = evidence(tmp_path, store, CLOCK)

    assert (found.backlog, found.lag_ms) == (30, 5000)
    assert found.exchanges == 0


def test_what_is_finished_ahead_of_the_cursor_is_not_backlog(
    tmp_path: Path, store: SqlStore
) -> None:
    recorded(tmp_path, 30)
    commit(store, cursor_after(tmp_path, 5, 8, 9, 20), lag=8)
    found = evidence(tmp_path, store, CLOCK)

    assert found.backlog == 30 - 5 - 3
    assert found.exchanges + found.backlog == 30


def test_the_lag_is_the_age_of_the_oldest_unfinished_exchange(
    tmp_path: Path, store: SqlStore
) -> None:
    recorded(tmp_path, 30)
    commit(store, cursor_after(tmp_path, 5), lag=5)
    clock = ManualClock(now_us=STARTED_US + 5 + 7_000_000)

    assert evidence(tmp_path, store, clock).lag_ms == 7000


def test_when_all_is_finished_there_is_no_lag(tmp_path: Path, store: SqlStore) -> None:
    recorded(tmp_path, 30)
    commit(store, Cursor(recording="test", segment=99, offset=0, sequence=30), lag=30)
    found = evidence(tmp_path, store, CLOCK)

    assert (found.backlog, found.lag_ms) == (0, 0)


def test_a_clock_that_was_set_back_gives_no_negative_lag(tmp_path: Path, store: SqlStore) -> None:
    recorded(tmp_path, 1)

    assert evidence(tmp_path, store, ManualClock(now_us=5)).lag_ms == 0


def test_segments_that_retention_removed_are_no_backlog_of_a_new_store(
    tmp_path: Path, store: SqlStore
) -> None:
    files = recorded(tmp_path, 30)
    gone = len(frame_ends(files[0])) - 1
    files[0].unlink()

    assert evidence(tmp_path, store, CLOCK).backlog == 30 - gone


def test_a_recording_of_which_only_the_beginning_of_a_segment_is_left_has_no_backlog(
    tmp_path: Path, store: SqlStore
) -> None:
    files = recorded(tmp_path, 30)
    for file in files[:-1]:
        file.unlink()
    files[-1].write_bytes(files[-1].read_bytes()[: frame_ends(files[-1])[0]])

    assert evidence(tmp_path, store, CLOCK).backlog == 0


def test_the_backlog_alone_needs_no_store(tmp_path: Path) -> None:
    recorded(tmp_path, 30)

    assert backlog(tmp_path, CLOCK).exchanges == 30
    assert not (tmp_path / "store.db").exists()
    open_store(tmp_path).close()
    assert backlog(tmp_path, CLOCK) == Backlog(30, 5000)


def test_another_recording_in_the_same_state_is_not_taken_for_finished(
    tmp_path: Path, store: SqlStore
) -> None:
    recorded(tmp_path, 30)
    commit(store, Cursor(recording="an earlier one", segment=1, offset=9, sequence=30), lag=30)

    assert evidence(tmp_path, store, CLOCK).backlog == 30


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(finished=st.integers(1, 25), ahead=st.sets(st.integers(1, 4)), lost=st.integers(0, 3))
def test_finished_waiting_and_lost_add_up_to_what_was_seen(
    tmp_path_factory: pytest.TempPathFactory, finished: int, ahead: set[int], lost: int
) -> None:
    state = tmp_path_factory.mktemp("state")
    recorded(state, 30)
    losses = LossCounter(recording_folder(state))
    losses.open()
    for _ in range(lost):
        losses.drop("disk-full")
    losses.close()
    store = open_store(state)
    done = tuple(finished + step for step in ahead)
    commit(store, cursor_after(state, finished, *done), lag=finished + len(done))
    found = evidence(state, store, CLOCK)
    store.close()

    assert found.exchanges + found.backlog == 30 + lost
    assert found.exchanges == (
        found.pairs + sum(found.dropped.values()) + sum(found.incomparable.values())
    )
