"""Which worker of a replay gets which session: those that ask most are spread evenly.

A recording may hold a handful of sessions, the connections of a proxy say. Sharing these out by a
hash alone would easily give one worker twice the work of another. So the sessions at the beginning
of the recording are counted and shared out first; a hash decides about all that come later.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from shadowpact.errors import ShadowpactError
from shadowpact.mirror.session import Sessions
from shadowpact.recording.formats import open_recording
from shadowpact.replay.kept import SHARES
from shadowpact.replay.options import ReplayOptions
from shadowpact.secrets import Sealer

COUNTED = 1000
"""Exchanges that are looked at: a few hundredths of a second in our own format."""

_decoder = msgspec.json.Decoder(dict[str, int])


def shares(options: ReplayOptions, folder: Path, sealer: Sealer, count: int) -> Mapping[str, int]:
    """The worker of each session that was counted; a run that goes on keeps those of the first.

    Args:
        options: Of the whole replay.
        folder: Its state folder, where the shares are kept.
        sealer: Opens the credentials that sessions are known by, and names these.
        count: Workers.
    """
    asked, file = _asked(options, sealer), folder / SHARES
    with suppress(OSError, ValueError):
        kept = _decoder.decode(file.read_bytes())
        if all(owner < count for owner in kept.values()):
            return {session: kept[session] for session in asked if session in kept}
    made = shared_out(asked, count)
    with suppress(OSError, ValueError):  # the next run counts again, and comes to the same
        file.write_bytes(msgspec.json.encode(made))
    return made


def shared_out(asked: Mapping[str, int], count: int) -> dict[str, int]:
    """Each session to the worker with the least so far, the largest session first.

    Args:
        asked: Requests by session.
        count: Workers.
    """
    loads, owners = [0] * count, dict[str, int]()
    for session, requests in sorted(asked.items(), key=lambda one: (-one[1], one[0])):
        owner = loads.index(min(loads))
        owners[session] = owner
        loads[owner] += requests
    return owners


def _asked(options: ReplayOptions, sealer: Sealer) -> Counter[str]:
    """Requests by session, at the beginning of the recording."""
    sessions = Sessions(sealer.session_key, options.replaying.session)
    asked = Counter[str]()
    try:
        for recorded in islice(open_recording(options.recording), COUNTED):
            if recorded.exchange is not None:
                asked[sessions.of(sealer.open(recorded.exchange))] += 1
    except ShadowpactError:  # the workers meet it too, and say so
        pass
    return asked
