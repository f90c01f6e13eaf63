from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.model.batch import Cursor
from shadowpact.recording.progress import Progress
from shadowpact.recording.reader import Recorded
from shadowpact.recording.segments import Position


def recorded(sequence: int) -> Recorded:
    return Recorded(sequence, Position(1, 10 * (sequence + 1), sequence + 1), None)


def begun(*sequences: int, cursor: Cursor | None = None) -> Progress:
    progress = Progress(cursor)
    for sequence in sequences:
        assert progress.begin(recorded(sequence))
    return progress


def test_the_position_moves_past_what_finishes_in_order() -> None:
    progress = begun(0, 1)
    progress.finish(recorded(0))

    assert progress.position == Position(1, 10, 1)
    assert progress.cursor("rec") == Cursor(
        recording="rec", segment=1, offset=10, sequence=1, ahead=()
    )


def test_what_finishes_early_is_kept_until_the_gap_closes() -> None:
    progress = begun(0, 1, 2, 3)
    progress.finish(recorded(2))
    progress.finish(recorded(1))

    assert progress.position.sequence == 0
    assert sorted(progress.cursor("rec").ahead) == [1, 2]
    progress.finish(recorded(0))
    assert progress.position == recorded(2).after
    assert progress.cursor("rec").ahead == ()


def test_a_recording_whose_beginning_was_removed_starts_where_it_does() -> None:
    progress = begun(17, 18)
    progress.finish(recorded(17))

    assert progress.position.sequence == 18


def test_before_anything_has_finished_the_cursor_is_at_the_first_exchange() -> None:
    assert begun(17).cursor("rec") == Cursor(recording="rec", sequence=17)


def test_what_was_finished_before_a_restart_is_not_begun_again() -> None:
    cursor = Cursor(recording="rec", segment=1, offset=10, sequence=1, ahead=(2, 4))
    progress = Progress(cursor)

    assert [progress.begin(recorded(n)) for n in range(1, 6)] == [True, False, True, False, True]


def test_two_lanes_that_read_the_same_exchange_finish_it_once_after_a_restart() -> None:
    """Each lane reads everything, and only one of them owns what was finished before."""
    progress = Progress(Cursor(recording="rec", segment=1, offset=10, sequence=1, ahead=(2,)))

    assert not progress.begin(recorded(2))
    assert not progress.begin(recorded(2))


def test_a_lane_that_comes_late_does_not_begin_what_is_finished() -> None:
    progress = begun(0, 1)
    progress.finish(recorded(0))
    progress.finish(recorded(1))

    assert not progress.begin(recorded(0))
    assert not progress.begin(recorded(1))


def test_a_cursor_that_was_restored_and_not_moved_is_the_same() -> None:
    cursor = Cursor(recording="rec", segment=1, offset=10, sequence=1, ahead=(4, 6))
    restored = Progress(cursor).cursor("rec")

    assert set(restored.ahead) == {4, 6}
    assert (restored.segment, restored.offset, restored.sequence) == (1, 10, 1)


def test_the_distance_is_counted_from_the_first_unfinished_exchange() -> None:
    progress = begun(0, 1, 2)
    progress.finish(recorded(0))

    assert progress.distance(recorded(2)) == 1


@pytest.mark.parametrize("lanes", [1, 3])
@settings(max_examples=200)
@given(total=st.integers(1, 14), start=st.sampled_from([0, 5]), seed=st.integers(0, 1 << 32))
def test_every_exchange_is_finished_exactly_once_over_any_order_and_any_crashes(
    lanes: int, total: int, start: int, seed: int
) -> None:
    """Lanes read at their own pace, finish in any order, and crash between commits."""
    random = Random(seed)  # noqa: S311  a drawn order, not a secret
    owner = {start + index: random.randrange(lanes) for index in range(total)}
    committed: list[int] = []
    cursor: Cursor | None = None
    for life in range(4):
        steps = 10_000 if life == 3 else random.randrange(4 * total)
        cursor = _live(random, cursor, committed, owner, steps=steps)

    assert sorted(committed) == list(owner)
    assert cursor == Cursor(
        recording="rec",
        segment=1,
        offset=10 * (start + total),
        sequence=start + total,
    )


def _live(
    random: Random,
    cursor: Cursor | None,
    committed: list[int],
    owner: dict[int, int],
    *,
    steps: int,
) -> Cursor | None:
    """One life of a worker; what was not committed when it crashes never happened."""
    progress = Progress(cursor)
    at = cursor.sequence if cursor else min(owner)
    unread = {lane: [n for n in owner if n >= at] for lane in set(owner.values())}
    in_flight: list[int] = []
    uncommitted: list[int] = []
    for _ in range(steps):
        lanes = [lane for lane, left in unread.items() if left]
        if in_flight and (not lanes or random.random() < 0.4):
            sequence = in_flight.pop(random.randrange(len(in_flight)))
            progress.finish(recorded(sequence))
            uncommitted.append(sequence)
        elif lanes:
            lane = random.choice(lanes)
            sequence = unread[lane].pop(0)
            if progress.begin(recorded(sequence)) and owner[sequence] == lane:
                in_flight.append(sequence)
        if random.random() < 0.4 or not (in_flight or lanes):
            committed += uncommitted
            uncommitted = []
            cursor = progress.cursor("rec")
        if not (in_flight or lanes):
            break
    return cursor
