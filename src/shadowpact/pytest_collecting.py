"""Pact files as pytest's files and interactions as its items; loaded when there is a URL.

An item's outcome is known in its setup, so that what could not be verified (no answer, provider
state) is pytest's *error*, and what was verified and is wrong its *failure*.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shadowpact.contracts import files
from shadowpact.contracts.client import address
from shadowpact.contracts.curl import request_line
from shadowpact.contracts.wanted import Wanted, wanted_in
from shadowpact.errors import UsageError
from shadowpact.pytest_shards import FROM_FIXTURE, Asked, Shards, Told, setting

FIXED: Final = "shadowpact_fixed"
REMARK: Final = "shadowpact_remark"
UNVERIFIED: Final = "shadowpact_unverified"
"""Names of properties on reports: they reach the main process of pytest-xdist, and JUnit files."""

_PROBLEM: Final = "shadowpact_problem"
_MEMBERS: Final = (b'"interactions"', b'"consumer"', b'"provider"')
_SHOWN: Final = 10


def register(config: pytest.Config) -> None:
    """Take part in a run.

    Raises:
        pytest.UsageError: The URL cannot be used.
    """
    url = setting(config, "url") or ""
    if url != FROM_FIXTURE:
        try:
            address(url)
        except UsageError as error:
            raise pytest.UsageError(str(error).replace("--url", "--shadowpact-url", 1)) from error
    config.pluginmanager.register(_Run(config), "shadowpact-run")


class _Run:
    """The hooks of one run, in the main process and in each worker of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.provider = setting(config, "provider")
        self.consumer = setting(config, "consumer")
        self.shards = Shards(config)
        self.left_out: set[str] = set()
        self.unverified: Counter[str] = Counter()
        self.problems: set[str] = set()

    def pytest_report_header(self) -> str:
        """Say where the pacts are verified."""
        return f"shadowpact: pacts are verified at {setting(self.config, 'url')}"

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Take JSON files that are pacts, or would be if they were not broken."""
        if file_path.suffix != ".json" or not looks_like_a_pact(file_path):
            return None
        file: PactFile = PactFile.from_parent(parent, path=file_path)
        file.run = self
        return file

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """See to it that what is verified is what was meant."""
        problem = self._problem(session.items)
        if problem is None:
            return
        if self.shards.workers == 0:
            raise pytest.UsageError(problem)
        # a worker of pytest-xdist: an exception would be taken for a crash
        self.config.workeroutput[_PROBLEM] = problem  # type: ignore[attr-defined]  # xdist's
        session.items.clear()

    def _problem(self, items: Iterable[pytest.Item]) -> str | None:
        providers = {item.wanted.provider for item in items if isinstance(item, PactItem)}
        if not providers and self.left_out:
            of_whom = {"provider": self.provider, "consumer": self.consumer}
            named = " and ".join(f"{party} {name!r}" for party, name in of_whom.items() if name)
            known = ", ".join(sorted(self.left_out))
            return f"shadowpact: no interaction of {named}; there are pacts of {known}"
        if len(providers) > 1 and self.provider is None:
            return (
                f"shadowpact: the pacts are of several providers, {', '.join(sorted(providers))}; "
                "say which one answers with --shadowpact-provider"
            )
        return None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear what a worker of pytest-xdist could not verify."""
        problem = getattr(node, "workeroutput", {}).get(_PROBLEM)
        if problem is not None:
            self.problems.add(problem)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what was left out: a run that verified nothing must not look like a pass."""
        if report.when == "setup" and report.skipped:
            self.unverified.update(v for name, v in _properties([report], UNVERIFIED))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a run in which interactions were not verified, whatever else came right."""
        if self.problems:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif self.unverified and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what is fixed, what to know of waivers, and what was not verified."""
        reports = [one for ones in terminalreporter.stats.values() for one in ones]
        lines = list(self._summary(reports))
        if lines:
            terminalreporter.section("shadowpact")
        for line in lines:
            terminalreporter.write_line(line)

    def _summary(self, reports: Iterable[Any]) -> Iterator[str]:
        held = [one for one in reports if getattr(one, "when", None) in {"setup", "call"}]
        fixed = sorted({f"{one}: {name}" for one, name in _properties(held, FIXED)})
        yield from (f"fixed           {text}" for text in fixed[:_SHOWN])
        if len(fixed) > _SHOWN:
            yield f"fixed           and {len(fixed) - _SHOWN} more"
        if fixed:
            yield "                'shadowpact contracts promote' makes what is fixed binding"
        for text in sorted({text for _, text in _properties(held, REMARK)}):
            yield f"remark          {text}"
        yield from sorted(self.problems)
        for reason, count in sorted(self.unverified.items()):
            yield f"not verified    {count} interactions: {reason}"


def _properties(reports: Iterable[Any], wanted: str) -> Iterator[tuple[str, str]]:
    """(node id, value) of a property of ours."""
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == wanted:
                yield report.nodeid, str(value)


def looks_like_a_pact(file: Path) -> bool:
    """Whether a JSON file is a pact, or a broken one; others are none of our business."""
    try:
        content = file.read_bytes()
    except OSError:
        return False
    if not all(member in content for member in _MEMBERS):
        return False
    try:
        document = json.loads(content)
    except ValueError:
        return True  # said when it is collected: a broken pact must not vanish
    return files.is_pact(document) or (
        isinstance(document, dict) and {"interactions", "consumer", "provider"} <= document.keys()
    )


class PactFile(pytest.File):
    """A pact; its interactions are its tests."""

    run: _Run

    def collect(self) -> Iterable[pytest.Item]:
        """One item an interaction, of the provider and consumer asked for."""
        run = self.run
        try:
            every = wanted_in(self.path)
        except UsageError as error:
            raise self.CollectError(str(error)) from error
        chosen = [
            one
            for one in every
            if run.provider in {None, one.provider} and run.consumer in {None, one.consumer}
        ]
        run.left_out |= {f"{one.consumer} → {one.provider}" for one in every if one not in chosen}
        for name, one in zip(_names(chosen), chosen, strict=True):
            item: PactItem = PactItem.from_parent(self, name=name, callobj=_fixtures_of_an_item)
            item.wanted = one
            item.run = run
            yield item


def _names(ones: Iterable[Wanted]) -> list[str]:
    """Descriptions as parts of node ids: on one line, each of them once."""
    held = list(ones)
    plain = [_one_line(one.description) or request_line(one.interaction["request"]) for one in held]
    often = Counter(plain)
    names: list[str] = []
    for text, one in zip(plain, held, strict=True):
        name = f"{text}[{one.key}]" if often[text] > 1 and one.key else text
        count = sum(name == other.partition("[#")[0] for other in names)
        names.append(f"{name}[#{count + 1}]" if name in names else name)
    return names


def _one_line(text: str) -> str:
    """Without what would end a line or a part of a node id."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return re.sub(r"\s+", " ", printable.replace("::", ":")).strip()


def _fixtures_of_an_item(
    shadowpact_url: str,
    shadowpact_headers: Mapping[str, str],
    shadowpact_state: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Says which fixtures an item needs; it is never called."""


class PactItem(pytest.Function):
    """One interaction."""

    run: _Run
    wanted: Wanted
    told: Told

    def setup(self) -> None:
        """Set the fixtures up, and have the interaction verified with the others of its shard."""
        super().setup()
        args: dict[str, Any] = self.funcargs
        asked = Asked(
            url=str(args["shadowpact_url"]),
            headers=args["shadowpact_headers"],
            functions=args["shadowpact_state"].functions,
        )
        ones = [item for item in self.session.items if isinstance(item, PactItem)]
        wanted = {item.nodeid: item.wanted for item in ones}
        shards = self.run.shards
        self.told = shards.told(self.nodeid, wanted, asked, args["tmp_path_factory"].getbasetemp())
        self.user_properties += [(REMARK, text) for text in self.told.remarks]
        if self.told.outcome == "unverified":
            self._unverified(is_first=shards.is_first(self.told.text))
        if self.told.outcome in {"error", "state-failed"}:
            pytest.fail(self.told.text, pytrace=False)

    def _unverified(self, *, is_first: bool) -> None:
        """One error for all of them; the others are skipped, and the run fails nevertheless."""
        if is_first:
            pytest.fail(f"shadowpact: {self.told.text}", pytrace=False)
        self.user_properties.append((UNVERIFIED, self.told.text))
        pytest.skip(f"not verified: {self.told.text}")

    def runtest(self) -> None:
        """Say how it ended."""
        if self.told.is_fixed:
            self.user_properties.append((FIXED, self.wanted.name))
        if self.told.outcome == "pending-failed":
            pytest.xfail(self.told.reason)
        if self.told.outcome != "passed":  # pending ones come here with --runxfail
            pytest.fail(self.told.text, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is: in its pact, not where our code is.

        Where a node id ends with this title, pytest shows the title's dots as ``::``.
        """
        return self.path, None, f"contract: {self.name}"
