"""What a state folder has to say: the store's counts, the addon's losses and the backlog."""

from pathlib import Path

import msgspec

from shadowpact.model.clock import Clock
from shadowpact.model.evidence import Evidence
from shadowpact.recording.losses import read_losses
from shadowpact.recording.reader import Follower, recording_end
from shadowpact.recording.segments import Position
from shadowpact.state import open_store, recording_folder, store_file
from shadowpact.store.protocol import Store


class Backlog(msgspec.Struct, frozen=True):
    """What is recorded and not worked through yet.

    Attributes:
        exchanges: How many.
        lag_ms: Age of the oldest of them.
    """

    exchanges: int
    lag_ms: int


def evidence(state: Path, store: Store, clock: Clock) -> Evidence:
    """All counts of a state folder; they add up, whatever was lost where."""
    counted = store.evidence()
    losses = read_losses(recording_folder(state))
    waiting = _backlog(recording_folder(state), store, clock)
    dropped = dict(counted.dropped)
    for reason, count in losses.dropped.items():
        dropped[reason] = dropped.get(reason, 0) + count
    return msgspec.structs.replace(
        counted,
        exchanges=counted.exchanges + sum(losses.dropped.values()),
        dropped=dict(sorted(dropped.items())),
        backlog=waiting.exchanges,
        lag_ms=waiting.lag_ms,
        hook_errors=losses.hook_errors,
    )


def backlog(state: Path, clock: Clock) -> Backlog:
    """What is recorded in a state folder and not worked through yet."""
    if not store_file(state).exists():
        return Backlog(recording_end(recording_folder(state)).sequence, 0)
    store = open_store(state)
    try:
        return _backlog(recording_folder(state), store, clock)
    finally:
        store.close()


def _backlog(folder: Path, store: Store, clock: Clock) -> Backlog:
    with Follower(folder) as follower:
        first = follower.read(1)
        begins_at = follower.position.sequence - len(first)
        recording = follower.recording
    if recording is None:
        return Backlog(0, 0)
    cursor = store.cursor(recording)
    if cursor is None:
        oldest = next((one.exchange for one in first if one.exchange), None)
        done = begins_at
    else:
        with Follower(folder, Position(cursor.segment, cursor.offset, cursor.sequence)) as follower:
            oldest = next((one.exchange for one in follower.read(1) if one.exchange), None)
        done = cursor.sequence + len(cursor.ahead)
    count = max(0, recording_end(folder).sequence - done)
    if not count or oldest is None:
        return Backlog(count, 0)
    return Backlog(count, max(0, (clock.now_us() - oldest.started_us) // 1000))
