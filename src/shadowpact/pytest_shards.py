"""Interactions verified in shards, as pytest asks for them, each shard once in a run.

Starting Pact's verifier costs far more than verifying an interaction, so the first item of a shard
has all of it verified and the others find their result. The workers of pytest-xdist share
the results in a folder: whoever comes first verifies a shard, whoever needs it meanwhile waits.
Where there are provider states, only one worker at a time verifies at a URL: the state of one
interaction would disturb another. Where recorded sessions make them, all of a folder is one shard:
a session that is replayed twice may well be refused.
"""

import fcntl
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import batched, groupby
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import pytest

from shadowpact import config as configuration
from shadowpact.contracts import files
from shadowpact.contracts.outcomes import Outcome, Verified
from shadowpact.contracts.present_verify import interaction_lines
from shadowpact.contracts.state_functions import FunctionStates, StateFunction
from shadowpact.contracts.verify import verify_these
from shadowpact.contracts.wanted import Wanted, root_of
from shadowpact.errors import ShadowpactError, UsageError
from shadowpact.verifying import Wishes, means_for, target_for

SHARD_SIZE: Final = 100
"""Interactions that are verified together, so that progress shows in a long run."""

FROM_FIXTURE: Final = "fixture"
"""In place of the URL: the fixture ``shadowpact_url`` of a conftest.py knows it."""

_FOLDER: Final = "shadowpact"

_STATEFUL: Final = ("states", "sessions", "reset")
"""Options with which an interaction changes what the provider holds."""


def setting(config: pytest.Config, name: str) -> str | None:
    """What an option or the configuration file says."""
    given: str | None = config.getoption(f"shadowpact_{name}")
    return given or config.getini(f"shadowpact_{name}") or None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an item says.

    Attributes:
        outcome: ``unverified`` when none of the shard could be verified.
        text: What a person reads when it did not pass.
        reason: The same in one line.
        is_fixed: Whether it was expected to fail, and passes.
        remarks: What a person should know besides.
    """

    outcome: Outcome | Literal["unverified"]
    text: str = ""
    reason: str = ""
    is_fixed: bool = False
    remarks: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the fixtures of an item say.

    Attributes:
        url: Where the provider answers.
        headers: For every request.
        functions: That make provider states, by name.
    """

    url: str
    headers: Mapping[str, str]
    functions: Mapping[str, StateFunction]


class Shards:
    """The results of a run, or of one worker in it."""

    def __init__(self, config: pytest.Config) -> None:
        """Take the settings; nothing is verified yet."""
        self._config = config
        self._known: dict[str, Told] = {}
        self._told: set[str] = set()
        self._reasons: set[str] = set()
        self._shards: dict[str, tuple[str, ...]] | None = None
        self._shared: Path | None = None

    def told(
        self, nodeid: str, wanted: Mapping[str, Wanted], asked: Asked, temporary: Path
    ) -> Told:
        """How an interaction ended; verified now when it was not, with its shard.

        Args:
            nodeid: Its node id.
            wanted: Every interaction of the run, by node id.
            asked: What its fixtures say.
            temporary: Folder of this process; its parent is the run's when there are workers.
        """
        if self._shards is None:
            is_whole = setting(self._config, "sessions") is not None
            self._shards = shards(wanted, workers=self.workers, is_whole=is_whole)
            self._shared = temporary.parent / _FOLDER if self.workers else None
        if nodeid in self._told:  # a plugin runs it once more: it wants a new answer
            return self._verified([nodeid], wanted, asked)[nodeid]
        if nodeid not in self._known:
            self._known.update(self._shard(self._shards[nodeid], wanted, asked))
        self._told.add(nodeid)
        return self._known[nodeid]

    def is_first(self, reason: str) -> bool:
        """Whether nobody in the run has complained about this yet."""
        if self._shared is None:
            is_first = reason not in self._reasons
            self._reasons.add(reason)
            return is_first
        try:
            (self._shared / f"{_digest(reason)}.said").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    @property
    def workers(self) -> int:
        """Processes of pytest-xdist; 0 without."""
        told: Mapping[str, Any] = getattr(self._config, "workerinput", {})
        return int(told.get("workercount", 0))

    def _shard(
        self, shard: Sequence[str], wanted: Mapping[str, Wanted], asked: Asked
    ) -> Mapping[str, Told]:
        if self._shared is None:
            return self._verified(shard, wanted, asked)
        self._shared.mkdir(exist_ok=True)
        held = self._shared / f"{_digest(*shard)}.json"
        has_states = bool(asked.functions) or any(setting(self._config, name) for name in _STATEFUL)
        with (
            _locked(held.with_suffix(".lock")),
            _locked(self._shared / f"{_digest(asked.url)}.lock") if has_states else nullcontext(),
        ):
            if held.exists():
                return msgspec.json.decode(held.read_bytes(), type=dict[str, Told])
            found = self._verified(shard, wanted, asked)
            held.write_bytes(msgspec.json.encode(found))
        return found

    def _verified(
        self, shard: Sequence[str], wanted: Mapping[str, Wanted], asked: Asked
    ) -> dict[str, Told]:
        ones = [wanted[nodeid] for nodeid in shard]
        try:
            told = self._verify(ones, asked)
        except ShadowpactError as error:
            told = [Told(outcome="unverified", text=str(error))] * len(shard)
        return dict(zip(shard, told, strict=True))

    def _verify(self, ones: Sequence[Wanted], asked: Asked) -> list[Told]:
        provider, config = ones[0].provider, self._config
        wishes = Wishes(
            provider=provider,
            url=asked.url,
            headers=(*self._headers(), *(f"{k}: {v}" for k, v in asked.headers.items())),
            states=setting(config, "states"),
            sessions=Path(sessions) if (sessions := setting(config, "sessions")) else None,
            reset=setting(config, "reset"),
            timeout_s=_seconds(setting(config, "timeout")),
            workers=1 if self.workers else None,
        )
        if wishes.states and asked.functions:
            raise UsageError(
                "provider states come from --shadowpact-states and from the fixture "
                "shadowpact_state; use one of them"
            )
        settings = configuration.load(None)
        target = target_for(wishes, settings)
        interactions = [one.interaction for one in ones if one.is_http]
        with means_for(wishes, target, settings, interactions=interactions) as configured:
            states = FunctionStates(asked.functions) if asked.functions else configured.states
            verification = verify_these(
                ones,
                provider=provider,
                target=target,
                root=_root(ones[0]),
                is_strict=bool(
                    config.getoption("shadowpact_strict") or config.getini("shadowpact_strict")
                ),
                means=msgspec.structs.replace(configured, states=states),
                waivers=settings.waivers,
            )
        if verification.verdict == "no-evidence":
            raise ShadowpactError(_without_count(verification.interactions, verification.reason))
        told = [_told(one, verification.url) for one in verification.interactions]
        return [msgspec.structs.replace(told[0], remarks=verification.remarks), *told[1:]]

    def _headers(self) -> Sequence[str]:
        given: list[str] | None = self._config.getoption("shadowpact_header")
        configured: list[str] = self._config.getini("shadowpact_header")
        return [*configured, *(given or ())]


def shards(
    wanted: Mapping[str, Wanted], *, workers: int, is_whole: bool = False
) -> dict[str, tuple[str, ...]]:
    """Which interactions are verified together, by node id.

    A shard is of one folder, for whose files the same conftest.py count, and of one provider;
    ``is_whole`` makes it all of them. With workers there are enough shards that each has something
    to do.
    """
    size = SHARD_SIZE
    if is_whole:
        size = max(1, len(wanted))
    elif workers:
        size = max(1, min(SHARD_SIZE, -(-len(wanted) // workers)))
    held: dict[str, tuple[str, ...]] = {}
    ordered = sorted(wanted, key=lambda nodeid: _place(wanted[nodeid]))
    for _, group in groupby(ordered, key=lambda nodeid: _place(wanted[nodeid])):
        for shard in batched(group, size, strict=False):
            held.update(dict.fromkeys(shard, shard))
    return held


def _place(one: Wanted) -> tuple[str, str]:
    return str(one.file.parent), one.provider


def _root(one: Wanted) -> Path:
    """The folder that holds evidence and waivers; that of the file in a layout of others."""
    root = root_of(one.file)
    is_ours = files.folder_of(root, one.consumer, one.provider) == one.file.parent
    return root if is_ours else one.file.parent


def _told(one: Verified, url: str) -> Told:
    if one.outcome == "passed":
        return Told(outcome="passed", is_fixed=one.is_fixed)
    reason = "; ".join(mismatch.message for mismatch in one.mismatches)
    known = ", ".join(one.notes.findings)
    return Told(
        outcome=one.outcome,
        text="\n".join(text for text, _ in interaction_lines(one, url)),
        reason=f"{'waived' if one.waiver else 'pending'}: {reason}" + (f" ({known})" * bool(known)),
    )


def _without_count(ones: Sequence[Verified], reason: str) -> str:
    """The reason that all have in common: the same text whatever the shard."""
    return ones[0].mismatches[0].message if ones and ones[0].mismatches else reason


def _seconds(given: str | None) -> float | None:
    if given is None:
        return None
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise UsageError(f"--shadowpact-timeout {given!r} is no number of seconds above 0")
    return seconds


def _digest(*texts: str) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=12).hexdigest()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """The lock of a file; the kernel gives it back when a worker dies."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
