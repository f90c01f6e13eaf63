"""What a replay is told: whom to ask, what of the recording, how fast."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shadowpact.config.settings import Settings
from shadowpact.errors import UsageError
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.mirror.settings import CandidateSettings, MirrorSettings, Writes
from shadowpact.selection import Selection

CANDIDATE = "candidate"
"""Name of the candidate that ``--to`` gives when the configuration names none, or several."""

RECORDED = "recorded"


class ReplayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """One replay.

    Attributes:
        recording: Whatever :func:`shadowpact.recording.formats.open_recording` reads.
        baseline: ``recorded``, or the URL of a baseline that is asked anew.
        twin: URL of a second baseline that is asked too, to measure noise.
        is_twin_separate: Whether the twin has data of its own, so that it may get writes.
        replaying: Time, order and load.
        selection: What of the recording.
        limit: Requests to send at most.
        part: ``(i, n)``: the i-th of n workers, from 0.
        owners: The worker of each session that is known to need a share of its own.
    """

    recording: Path
    baseline: str = RECORDED
    twin: str | None = None
    is_twin_separate: bool = False
    replaying: ReplaySettings = ReplaySettings()
    selection: Selection = Selection()
    limit: int | None = None
    part: tuple[int, int] = (0, 1)
    owners: Mapping[str, int] = {}

    def name(self, settings: Settings) -> str:
        """A name for the replay's folder: the same for the same recording and the same sides."""
        sides = [f"{one.name} {one.url}" for one in settings.mirror.candidates]
        told = (str(self.recording.resolve()), *sorted(sides), self.baseline, self.twin or "")
        digest = hashlib.blake2b("\0".join(told).encode("utf-8", "replace"), digest_size=4)
        return f"{self.recording.stem or 'recording'}-{digest.hexdigest()}"

    @property
    def cursor(self) -> str:
        """Under which name the store keeps how far this worker is."""
        return self.cursors[self.part[0]]

    @property
    def cursors(self) -> tuple[str, ...]:
        """The names of all workers' cursors."""
        count = self.part[1]
        return tuple(f"replay {number} of {count}" for number in range(count))


def settings_for(settings: Settings, *, to: str | None, writes: Writes | None = None) -> Settings:
    """The settings with the candidate that ``--to`` names.

    Args:
        settings: As configured.
        to: URL of the candidate; ``None`` takes those of the configuration.
        writes: Whether requests that write are sent; ``None`` leaves it as configured.

    Raises:
        UsageError: There is no candidate at all.
    """
    known = settings.mirror.candidates
    if to is None and not known:
        raise UsageError("replay: where to? Pass --to URL, or name a candidate in shadowpact.toml.")
    if to is not None:
        only = known[0] if len(known) == 1 else CandidateSettings(name=CANDIDATE, url=to)
        known = (msgspec.structs.replace(only, url=to),)
    if writes is not None:
        known = tuple(_with_writes(one, writes) for one in known)
    mirror = MirrorSettings(candidates=known, max_lag_ms=settings.mirror.max_lag_ms)
    return msgspec.structs.replace(settings, mirror=mirror)


def _with_writes(candidate: CandidateSettings, writes: Writes) -> CandidateSettings:
    routes = tuple(msgspec.structs.replace(route, writes=None) for route in candidate.routes)
    return msgspec.structs.replace(candidate, writes=writes, routes=routes)
