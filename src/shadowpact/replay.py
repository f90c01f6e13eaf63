"""Replays a finished recording through the pipeline, into a store of its own."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from shadowpact.config.settings import Settings
from shadowpact.errors import RecordingError, UsageError
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.settings import CandidateSettings, MirrorSettings
from shadowpact.mirror.transport import AiohttpTransport
from shadowpact.model.clock import Clock
from shadowpact.pipeline import Pipeline
from shadowpact.recording.feed import FinishedSource
from shadowpact.secrets import Sealer
from shadowpact.store.protocol import Store

CANDIDATE = "candidate"
"""Name of the candidate that ``--to`` gives when the configuration names none, or several."""

RECORDED = "recorded"


def settings_for(settings: Settings, *, to: str | None) -> Settings:
    """The settings with the candidate that ``--to`` names.

    Raises:
        UsageError: There is no candidate at all.
    """
    known = settings.mirror.candidates
    if to is None:
        if not known:
            raise UsageError(
                "replay: where to? Pass --to URL, or name a candidate in shadowpact.toml."
            )
        return settings
    only = known[0] if len(known) == 1 else CandidateSettings(name=CANDIDATE, url=to)
    mirror = MirrorSettings(
        candidates=(msgspec.structs.replace(only, url=to),), max_lag_ms=settings.mirror.max_lag_ms
    )
    return msgspec.structs.replace(settings, mirror=mirror)


def run(
    recording: Path,
    settings: Settings,
    store: Store,
    *,
    key: bytes,
    baseline: str,
    clock: Clock,
    warn: Callable[[str], None],
) -> None:
    """Send a recording's requests to the candidates and commit what was found.

    Args:
        recording: A folder of segments, a segment file, or a HAR.
        settings: With at least one candidate.
        store: Gets evidence and findings.
        key: Opens sealed credentials.
        baseline: ``recorded``, or a URL that is asked anew.
        clock: Tells the age of exchanges.
        warn: Gets what a person should know.

    Raises:
        RecordingError: The recording cannot be read.
    """
    if not recording.exists():
        raise RecordingError(f"{recording}: no such recording (a folder, a .rec or a .har file)")
    asyncio.run(_run(recording, settings, store, key, baseline, clock, warn))


async def _run(
    recording: Path,
    settings: Settings,
    store: Store,
    key: bytes,
    baseline: str,
    clock: Clock,
    warn: Callable[[str], None],
) -> None:
    cap = settings.capture.body_cap_bytes
    candidates = [Candidate(one, clock, body_cap_bytes=cap) for one in settings.mirror.candidates]
    asked = (
        None
        if baseline == RECORDED
        else AiohttpTransport(CandidateSettings(name="baseline", url=baseline), body_cap_bytes=cap)
    )
    pipeline = Pipeline(
        settings,
        store,
        candidates=candidates,
        sealer=Sealer(key, settings.secrets),
        clock=clock,
        baseline=asked,
        is_finite=True,
        warn=warn,
    )
    try:
        await pipeline.run(lambda: FinishedSource(recording))
    except* RecordingError as group:
        raise group.exceptions[0] from None
    finally:
        for candidate in candidates:
            await candidate.close()
        if asked is not None:
            await asked.close()
