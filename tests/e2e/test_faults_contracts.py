"""Twenty faults, each caught by the contracts at its place; what is right passes, every time.

``SHADOWPACT_REPEATS=50`` verifies the monolith that often; a few times otherwise.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import orjson
import pytest
import yarl
from aiohttp import web

from shadowpact import config
from shadowpact.contracts.build import build
from shadowpact.contracts.execute import Target
from shadowpact.contracts.means import Means
from shadowpact.contracts.outcomes import Verification
from shadowpact.contracts.verify import verify
from shadowpact.contracts.wanted import wanted_in
from shadowpact.demo import traffic as demo_traffic
from shadowpact.demo.baseline import Monolith
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.model.clock import SystemClock
from shadowpact.model.exchange import Exchange
from shadowpact.replay import ReplayOptions, run, settings_for
from shadowpact.routes import Entry, RouteTable
from shadowpact.secrets import Sealer
from shadowpact.session_states import RecordedSessions
from shadowpact.state import open_store
from support.build import STARTED_US, exchange, request, response
from support.recordings import record
from support.seeded import DEMO, SHOP, Seed, with_faults
from support.shop import candidate
from support.shop.baseline import Baseline
from support.shop.candidate_call import Shop
from support.shop.faults import ROUTES, RULES
from support.shop.serving import thread
from support.shop.sessions import sessions
from support.shop.traffic import record as record_shop

KEY = bytes(range(64))
REPEATS = int(os.environ.get("SHADOWPACT_REPEATS", "3"))
DEMO_RULES = """
[[rules]]
id = "request-id"
kind = "ignore"
path = "$.request_id"
reason = "each answer gets an id of its own"

[[rules]]
id = "generated-at"
kind = "ignore"
path = "$.generated_at"
reason = "each side has its own clock"
"""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A monolith and its replacement, with what was recorded and built.

    Attributes:
        baseline: A new monolith.
        candidate: A new replacement without a fault.
        recording: Of the monolith.
        contracts: Built from a replay against a replacement with all faults.
        routes: Declared patterns.
    """

    baseline: Callable[[], web.Application]
    candidate: Callable[[], web.Application]
    recording: Path
    contracts: Path
    routes: tuple[str, ...]

    def verified(self, app: web.Application) -> Verification:
        """What the contracts say of a service that was just started."""
        wanted = [one.interaction for one in wanted_in(self.contracts)]
        entries = [Entry(pattern=one, candidate="shop", writes="on") for one in self.routes]
        recorded = RecordedSessions(
            self.recording, wanted, sealer=Sealer(KEY), routes=RouteTable(entries)
        )
        with thread(app) as url:
            return verify(
                self.contracts,
                provider="shop",
                target=Target(url=url),
                is_strict=True,
                means=Means(sessions=recorded),
            )


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    folder = tmp_path_factory.mktemp("faults")
    with thread(Baseline(seed=1).app()) as url:
        asyncio.run(record_shop(folder / "shop", url, sessions(11, 60), key=KEY))
    with thread(Monolith().app()) as url:
        exchanges = asyncio.run(driven(url))
    record(folder / "demo", map(Sealer(KEY).seal, exchanges))
    return {
        "shop": built(
            folder / "shop",
            SHOP,
            lambda: Baseline(seed=5).app(),
            lambda: candidate.app(Shop(seed=7)),
            routes=ROUTES,
            rules=RULES,
        ),
        "demo": built(
            folder / "demo",
            DEMO,
            lambda: Monolith().app(),
            lambda: Monolith().app(),
            routes=("/**",),
            rules=DEMO_RULES,
        ),
    }


async def driven(url: str) -> list[Exchange]:
    """What the demo's monolith answers to reads."""
    made: list[Exchange] = []
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        for ask in demo_traffic.requests():
            if ask.method != "GET":
                continue
            headers = {"Accept": "application/json", **dict(ask.headers)}
            target = yarl.URL(url + ask.target, encoded=True)
            async with client.get(target, headers=headers) as answer:
                body = await answer.read()
            sent = tuple((k.encode(), v.encode()) for k, v in headers.items())
            made.append(
                exchange(
                    request("GET", ask.target, headers=sent),
                    response(status=answer.status, headers=tuple(answer.raw_headers), body=body),
                    started_us=STARTED_US + len(made) * 1000,
                )
            )
    return made


def built(
    recording: Path,
    seeds: Sequence[Seed],
    baseline: Callable[[], web.Application],
    repaired: Callable[[], web.Application],
    *,
    routes: tuple[str, ...],
    rules: str,
) -> Pair:
    """Replay against the replacement with all faults, and build contracts of what was found."""
    store = open_store(None)
    with ExitStack() as stack:
        stack.callback(store.close)
        url = stack.enter_context(thread(with_faults(repaired(), seeds)))
        twin = stack.enter_context(thread(baseline()))
        text = f"[candidates.shop]\nurl = '{url}'\nroutes = {orjson.dumps(routes).decode()}\n"
        settings = settings_for(config.loads(f"{text}writes = 'on'\n{rules}"), to=None)
        options = ReplayOptions(
            recording=recording,
            twin=twin,
            is_twin_separate=True,
            replaying=ReplaySettings(concurrency=8),
        )
        run(options, settings, store, key=KEY, clock=SystemClock(), warn=lambda _: None)
        contracts = recording.with_name(f"{recording.name}-contracts")
        build(
            store.behaviours(),
            store.findings(),
            contracts,
            profiles=store.profiles(),
            ignored=store.ignored(),
        )
    return Pair(
        baseline=baseline,
        candidate=repaired,
        recording=recording,
        contracts=contracts,
        routes=routes,
    )


def places(told: Verification) -> set[str]:
    """Where interactions failed, on which route, list positions generalised."""
    return {
        f"{one.notes.route.partition(' ')[0]} "
        + (mismatch.part if mismatch.part != "body" else general(mismatch.path))
        for one in told.interactions
        for mismatch in one.mismatches
    }


def general(path: str) -> str:
    return "".join("[*]" if part.isdigit() else part for part in _split(path))


def _split(path: str) -> list[str]:
    return path.replace("]", "[").split("[")


def failures(told: Verification) -> list[Any]:
    return [
        (one.outcome, one.description, [m.message for m in one.mismatches])
        for one in told.interactions
        if one.outcome != "passed"
    ]


@pytest.mark.parametrize(
    ("pair", "seed"),
    [(name, seed) for name, seeds in (("demo", DEMO), ("shop", SHOP)) for seed in seeds],
    ids=lambda it: it.name if isinstance(it, Seed) else it,
)
def test_each_fault_is_caught_at_its_place_and_nowhere_else(
    pairs: dict[str, Pair], pair: str, seed: Seed
) -> None:
    faulty = pairs[pair].verified(with_faults(pairs[pair].candidate(), [seed]))

    assert places(faulty) == {f"{seed.method} {seed.place}"}
    assert {one.outcome for one in faulty.interactions} == {"passed", "failed"}
    assert [one for one in faulty.interactions if one.blocks and one.notes.kind == "finding"]


@pytest.mark.parametrize("pair", ["demo", "shop"])
def test_the_monolith_passes_every_time_with_fresh_noise(pairs: dict[str, Pair], pair: str) -> None:
    told = [pairs[pair].verified(pairs[pair].baseline()) for _ in range(REPEATS)]

    assert [failures(one) for one in told] == [[]] * REPEATS
    assert {one.verdict for one in told} == {"pass"}


@pytest.mark.parametrize("pair", ["demo", "shop"])
def test_the_repaired_service_passes_and_everything_is_fixed(
    pairs: dict[str, Pair], pair: str
) -> None:
    told = pairs[pair].verified(pairs[pair].candidate())

    assert failures(told) == []
    assert sum(one.is_fixed for one in told.interactions) >= 10
