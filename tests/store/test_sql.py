import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.errors import StoreError, UsageError
from shadowpact.findings.verdict import verdict
from shadowpact.model.alias import AliasRow, side_of
from shadowpact.model.batch import (
    SAMPLES_KEPT,
    Batch,
    BehaviourKey,
    Cursor,
    FindingDelta,
    FindingKey,
    Outcome,
    RuleKey,
    SampleRank,
)
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.model.finding import fingerprint
from shadowpact.model.histogram import bucket
from shadowpact.model.pair import Sample
from shadowpact.store import sql
from shadowpact.store.sql import SqlStore, open_store
from support.build import STARTED_US, request, response

ROUTE = "GET /orders/{id}"
BEHAVIOUR = BehaviourKey("default", "orders", ROUTE, 200, "shape")
CURSOR = Cursor(recording="rec", segment=2, offset=70, sequence=9, ahead=(11, 14))

type Samples = dict[tuple[FindingKey | BehaviourKey, SampleRank], Sample]


@pytest.fixture
def store() -> Iterator[SqlStore]:
    opened = open_store(None, verdict)
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.db"


def finding(path: str = "$.a", candidate: str = "orders") -> FindingKey:
    print_ = fingerprint(ROUTE, "body", path, "missing")
    return FindingKey(candidate, print_, ROUTE, "body", path, "missing")


def delta(count: int = 1, at_us: int = STARTED_US, **fields: object) -> FindingDelta:
    values = {"severity": "breaking", "count": count, "pairs": count, **fields}
    return FindingDelta(first_seen_us=at_us, last_seen_us=at_us, **values)  # type: ignore[arg-type]  # fields are named by tests


def sample(number: int) -> Sample:
    return Sample(
        exchange_id=f"exc_a_{number}",
        consumer="default",
        request=request(),
        baseline=response({"id": number}),
        candidate=None,
    )


def outcomes(**counts: int) -> dict[tuple[str, str, Outcome, str], int]:
    names: dict[str, Outcome] = {"pair": "pair", "equal": "equal"}
    return {
        (ROUTE, "orders", names.get(n, "dropped"), "" if n in names else n): c
        for n, c in counts.items()
    }


def full_batch() -> Batch:
    return Batch(
        outcomes=outcomes(pair=3, equal=2, lag=1),
        latencies={
            (ROUTE, "orders", "baseline", bucket(10)): 3,
            (ROUTE, "orders", "candidate", bucket(20)): 3,
        },
        findings={finding(): delta(3)},
        behaviours={BEHAVIOUR: 3},
        rules={RuleKey("clock", ROUTE, "body", "$.t", "value-changed"): 4},
        rule_errors={("broken", "it raised"): 2},
        samples={
            (finding(), SampleRank("min", 5)): sample(1),
            (finding(), SampleRank("any", 7)): sample(2),
            (BEHAVIOUR, SampleRank("any", 7)): sample(2),
        },
    )


def everything(store: SqlStore) -> tuple[object, ...]:
    return (
        store.evidence(),
        store.routes(),
        store.findings(),
        store.behaviours(),
        store.ignored(),
        store.rule_hits(),
        store.thresholds(),
        store.cursor("rec"),
    )


def test_a_new_store_is_empty(store: SqlStore) -> None:
    assert store.evidence().exchanges == 0
    assert (store.findings(), store.behaviours(), store.routes()) == ((), (), ())
    assert store.cursor("rec") is None


def test_what_is_committed_is_read_back(store: SqlStore) -> None:
    store.commit(full_batch(), CURSOR)
    (found,) = store.findings()
    (route,) = store.routes()
    (behaviour,) = store.behaviours()

    assert store.cursor("rec") == CURSOR
    assert store.evidence().pairs == 3
    assert store.evidence().dropped == {"lag": 1}
    assert (found.count, found.pairs, found.route_pairs, found.verdict) == (3, 3, 3, "real")
    assert found.id == f"fnd_{finding().fingerprint[:12]}"
    assert found.first_seen_at == datetime.fromtimestamp(STARTED_US / 1e6, UTC)
    assert [one.exchange_id for one in found.samples] == ["exc_a_1", "exc_a_2"]
    assert (route.route, route.candidate, route.pairs, route.equal) == (ROUTE, "orders", 3, 2)
    assert route.p50_ratio == pytest.approx(2.0, rel=0.06)
    assert (behaviour.count, behaviour.samples) == (3, (sample(2),))
    assert store.ignored() == (
        IgnoredDifferences(
            rule="clock",
            route=ROUTE,
            location="body",
            path="$.t",
            kind="value-changed",
            count=4,
        ),
    )
    assert [(h.rule, h.errors) for h in store.rule_hits()] == [("broken", 2), ("clock", 0)]


def test_commits_add_up(store: SqlStore) -> None:
    for number in range(5):
        batch = full_batch()
        batch.findings[finding()] = delta(3, at_us=STARTED_US + (number * 7) % 5)
        store.commit(batch, None)
    (found,) = store.findings()

    assert (found.count, found.pairs, found.route_pairs) == (15, 15, 15)
    assert (store.evidence().pairs, store.evidence().equal) == (15, 10)
    assert store.evidence().dropped == {"lag": 5}
    assert store.behaviours()[0].count == 15
    assert store.ignored()[0].count == 20
    assert found.first_seen_at == datetime.fromtimestamp(STARTED_US / 1e6, UTC)
    assert found.last_seen_at == datetime.fromtimestamp((STARTED_US + 4) / 1e6, UTC)
    assert store.cursor("rec") is None


@pytest.mark.parametrize("order", [("changed", "breaking"), ("breaking", "changed")])
def test_a_finding_is_as_bad_as_its_worst_difference_in_any_order(
    store: SqlStore, order: tuple[str, str]
) -> None:
    for severity in order:
        found = delta(severity=severity, is_status_class=severity == "breaking")
        store.commit(Batch(outcomes=outcomes(pair=1), findings={finding(): found}), None)

    assert store.findings()[0].severity == "breaking"


def test_cursors_of_several_recordings_are_kept_apart_and_replaced(store: SqlStore) -> None:
    store.commit(Batch(), CURSOR)
    store.commit(Batch(), Cursor(recording="other", sequence=3))
    store.commit(Batch(), Cursor(recording="rec", sequence=20))

    assert store.cursor("rec") == Cursor(recording="rec", sequence=20)
    assert store.cursor("other") == Cursor(recording="other", sequence=3)


BROKEN = {
    "a finding without a fingerprint": Batch(
        outcomes=outcomes(pair=1),
        findings={FindingKey("orders", None, ROUTE, "body", "$", "added"): delta()},  # type: ignore[arg-type]  # this is what breaks it
    ),
    "a text no database takes": Batch(
        outcomes=outcomes(pair=1),
        findings={finding("$.\ud800"): delta()},
    ),
    "a sample without an owner": Batch(
        outcomes=outcomes(pair=1),
        samples={(finding("$.\ud800"), SampleRank("any", 1)): sample(1)},
    ),
    "a rank of more than 64 bits": Batch(
        outcomes=outcomes(pair=1),
        samples={(finding(), SampleRank("any", 1 << 64)): sample(1)},
    ),
}


@pytest.mark.parametrize("batch", BROKEN.values(), ids=BROKEN)
def test_a_commit_that_fails_in_the_middle_leaves_no_trace(file: Path, batch: Batch) -> None:
    store = open_store(file, verdict)
    store.commit(full_batch(), CURSOR)
    before = everything(store)

    with pytest.raises((StoreError, UnicodeEncodeError, OverflowError)):
        store.commit(batch, Cursor(recording="rec", sequence=99))
    assert everything(store) == before
    store.commit(full_batch(), CURSOR)
    assert store.evidence().pairs == 6
    store.close()


def test_a_store_that_is_opened_again_says_the_same(file: Path) -> None:
    first = open_store(file, verdict)
    first.commit(full_batch(), CURSOR)
    before = everything(first)
    first.close()
    second = open_store(file, verdict)

    assert everything(second) == before
    second.close()


def test_a_second_process_reads_while_the_first_writes(file: Path) -> None:
    writing, reading = open_store(file, verdict), open_store(file, verdict)
    for number in range(1, 4):
        writing.commit(full_batch(), CURSOR)

        assert reading.evidence().pairs == 3 * number
    writing.close()
    reading.close()


OPEN_AND_ADD = """
import sys
from pathlib import Path
from shadowpact.findings.verdict import verdict
from shadowpact.model.batch import Batch
from shadowpact.store.sql import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(Path(sys.argv[1]), verdict)
store.commit(Batch(outcomes={("GET /", "orders", "pair", ""): 3}), None)
store.close()
"""


def test_what_is_read_in_a_snapshot_is_of_one_moment(file: Path) -> None:
    writer, reader = open_store(file, verdict), open_store(file, verdict)
    try:
        writer.commit(full_batch(), CURSOR)
        with reader.snapshot():
            before = reader.evidence()
            writer.commit(full_batch(), None)
            inside = everything(reader)
            (found,) = reader.findings()
        after = reader.evidence()
        expected = everything(reader)
    finally:
        writer.close()
        reader.close()

    assert inside[0] == before
    assert (found.count, before.pairs, after.pairs) == (3, 3, 6)
    assert inside != expected


def test_what_fails_in_a_snapshot_is_an_error_of_the_store_and_the_next_one_reads(
    file: Path,
) -> None:
    store, other = open_store(file, verdict), sqlite3.connect(file)
    try:
        other.execute("ALTER TABLE findings RENAME TO elsewhere")
        with pytest.raises(StoreError, match="no such table"), store.snapshot():
            store.findings()
        other.execute("ALTER TABLE elsewhere RENAME TO findings")
        with store.snapshot():
            assert store.findings() == ()
    finally:
        other.close()
        store.close()


def test_many_that_open_a_new_store_at_once_all_can(file: Path) -> None:
    command = [sys.executable, "-c", OPEN_AND_ADD, str(file)]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            for _ in range(3)
        ]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in running:
            process.communicate(b"go\n", timeout=30)

    assert [process.returncode for process in running] == [0] * 3
    store = open_store(file, verdict)
    assert store.evidence().pairs == 9
    store.close()


def test_the_files_are_private(file: Path) -> None:
    old = os.umask(0)
    try:
        store = open_store(file, verdict)
        store.commit(full_batch(), CURSOR)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
        store.close()
    finally:
        os.umask(old)

    assert len(modes) == 3
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_made_private(file: Path) -> None:
    open_store(file, verdict).close()
    file.chmod(0o644)
    open_store(file, verdict).close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a#b", "a b", "é", "a:b@c"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "store.db"
    open_store(file, verdict).close()

    assert file.stat().st_size > 0


@pytest.mark.parametrize("content", [b"this is no database, and long enough to tell", b"x" * 5000])
def test_a_file_that_is_no_database_is_named(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(
        StoreError, match=r"store\.db: the store failed: file is not a database\. It is"
    ):
        open_store(file, verdict)


def test_a_database_that_was_damaged_is_an_error_of_the_store(file: Path) -> None:
    store = open_store(file, verdict)
    for number in range(50):
        batch = full_batch()
        batch.samples = {(finding(f"$.{number}"), SampleRank("any", 1)): sample(1)}
        store.commit(batch, CURSOR)
    store.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)

    with pytest.raises(StoreError, match="the store failed"):
        open_store(file, verdict).evidence()


@pytest.mark.parametrize("version", ["3", "99"])
def test_a_store_of_a_later_version_asks_for_an_update(file: Path, version: str) -> None:
    open_store(file, verdict).close()
    _set_version(file, version)

    with pytest.raises(StoreError, match=f"store version {version}.*update shadowpact"):
        open_store(file, verdict)


def test_a_store_of_the_first_version_is_upgraded_and_keeps_what_it_has(file: Path) -> None:
    first = open_store(file, verdict)
    first.commit(
        Batch(outcomes={(ROUTE, "orders", "pair", ""): 1}, findings={finding(): delta()}), None
    )
    first.close()
    connection = sqlite3.connect(file)
    connection.execute("ALTER TABLE findings ADD COLUMN twin_pairs BIGINT NOT NULL DEFAULT 0")
    connection.commit()
    connection.close()
    _set_version(file, "1")

    for _ in range(2):
        upgraded = open_store(file, verdict)
        upgraded.commit(Batch(outcomes={(ROUTE, "orders", "pair", ""): 1}), None)
        found = upgraded.findings()
        upgraded.close()

    assert [(one.path, one.pairs, one.route_pairs) for one in found] == [("$.a", 1, 3)]


def test_what_only_baseline_and_twin_differ_in_is_no_finding_and_counts_as_noise(
    store: SqlStore,
) -> None:
    noise = FindingDelta(severity="breaking", twin_differing=3)
    outcomes: dict[tuple[str, str, Outcome, str], int] = {
        (ROUTE, "orders", "pair", ""): 5,
        (ROUTE, "orders", "twin", ""): 4,
    }
    store.commit(Batch(outcomes=outcomes, findings={finding(): noise}), None)

    assert store.findings() == ()
    assert store.evidence().exchanges == 5

    store.commit(Batch(outcomes=outcomes, findings={finding(): delta(2)}), None)
    (found,) = store.findings()

    assert (found.pairs, found.route_pairs) == (2, 10)
    assert (found.twin_differing, found.twin_pairs) == (3, 8)


def test_a_version_that_is_none_is_an_error_of_the_store(file: Path) -> None:
    open_store(file, verdict).close()
    _set_version(file, "one")

    with pytest.raises(StoreError, match="damaged"):
        open_store(file, verdict)


def _set_version(file: Path, version: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE meta SET value = ?", (version,))
    connection.commit()
    connection.close()


def test_a_folder_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")

    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path / "state" / "store.db", verdict)


def test_a_folder_in_place_of_the_file_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened: Is a directory"):
        open_store(tmp_path, verdict)


def test_reservoirs_keep_the_smallest_ranks_of_each_slot(store: SqlStore) -> None:
    for start in (40, 0, 20):
        samples: Samples = {
            (finding(), SampleRank(slot, rank)): sample(rank)
            for slot in SAMPLES_KEPT
            for rank in range(start, start + 10)
        }
        store.commit(Batch(outcomes=outcomes(pair=1), samples=samples), None)

    assert store.thresholds() == {
        (finding(), "any"): tuple(range(SAMPLES_KEPT["any"])),
        (finding(), "min"): (0,),
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 99), max_size=8), max_size=5))
def test_samples_are_the_same_in_whatever_batches_they_come(
    batches: list[list[int]],
) -> None:
    held = []
    for parts in (batches, [sorted({rank for batch in batches for rank in batch}, reverse=True)]):
        store = open_store(None, verdict)
        for ranks in parts:
            samples: Samples = {
                (finding(), SampleRank("any", rank)): sample(rank) for rank in ranks
            }
            store.commit(Batch(outcomes=outcomes(pair=1), samples=samples), None)
        held.append(store.thresholds())
        store.close()

    assert held[0] == held[1]


def test_findings_come_real_ones_first_then_by_pairs_route_and_path(store: SqlStore) -> None:
    batch = Batch(outcomes=outcomes(pair=9))
    for path, pairs in (("$.b", 5), ("$.c", 1), ("$.a", 5), ("$.d", 9)):
        batch.findings[finding(path)] = delta(pairs)
    store.commit(batch, None)

    assert [found.path for found in store.findings()] == ["$.d", "$.a", "$.b", "$.c"]
    assert [found.verdict for found in store.findings()] == ["real"] * 3 + ["undecided"]


def test_a_new_store_that_somebody_else_holds_is_waited_for_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr(sql, "BUSY_TRIES", 50)
    file.parent.mkdir(exist_ok=True)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    before_s = time.monotonic()
    try:
        with pytest.raises(StoreError, match="locked"):
            open_store(file, verdict)
    finally:
        holder.close()

    assert time.monotonic() - before_s < 4


def test_triage_sets_what_people_decided_and_later_evidence_does_not_undo_it(
    store: SqlStore,
) -> None:
    store.commit(full_batch(), None)
    store.triage(store.findings()[0].id, "accepted")
    store.commit(full_batch(), None)

    assert store.findings()[0].state == "accepted"


def test_a_fixed_finding_that_is_seen_again_is_open_again(store: SqlStore) -> None:
    store.commit(full_batch(), None)
    store.triage(store.findings()[0].id, "fixed")
    noise = FindingDelta(severity="breaking", twin_differing=3)
    store.commit(Batch(findings={finding(): noise}), None)

    assert store.findings()[0].state == "fixed"
    store.commit(Batch(findings={finding(): delta()}), None)
    assert store.findings()[0].state == "open"


@pytest.mark.parametrize("asked", ["fnd_000000000000", "fnd_", "", "%", "fnd_%"])
def test_an_unknown_finding_is_named_with_what_to_do(store: SqlStore, asked: str) -> None:
    store.commit(full_batch(), None)

    with pytest.raises(UsageError, match=r"no finding.*shadowpact findings"):
        store.triage(asked, "accepted")
    assert store.findings()[0].state == "open"


def test_a_finding_of_two_candidates_is_two(store: SqlStore) -> None:
    batch = Batch(outcomes=outcomes(pair=1))
    batch.findings = {finding(candidate="a"): delta(), finding(candidate="b"): delta()}
    store.commit(batch, None)

    assert [found.candidate for found in store.findings()] == ["a", "b"]


def test_the_same_batches_in_any_order_give_the_same_store() -> None:
    batches = [full_batch(), Batch(outcomes=outcomes(pair=1), findings={finding("$.z"): delta(2)})]
    seen = []
    for order in (batches, batches[::-1]):
        store = open_store(None, verdict)
        for batch in order:
            store.commit(batch, CURSOR)
        seen.append(everything(store))
        store.close()

    assert seen[0] == seen[1]


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY])
def test_a_store_that_somebody_else_opens_just_now_is_waited_for(code: int) -> None:
    class Busy:
        """A connection that is busy twice."""

        left = 2

        def execute(self, _statement: str) -> None:
            if self.left:
                self.left -= 1
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = code
                raise error

    connection = Busy()
    sql._use_wal(connection)

    assert connection.left == 0


def test_a_new_store_can_be_opened_by_several_at_once(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def opened(folder: Path) -> None:
        try:
            open_store(folder / "store.db", verdict).close()
        except BaseException as error:  # noqa: BLE001  a thread's error fails the test below
            failed.append(error)

    for number in range(20):
        folder = tmp_path / str(number)
        threads = [threading.Thread(target=opened, args=(folder,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert failed == []


def test_ids_of_a_baseline_that_is_asked_anew_are_kept_and_not_counted(store: SqlStore) -> None:
    rows = [
        AliasRow(candidate=name, kind="order", scope="s", recorded=1, side=2)
        for name in ("orders", side_of("orders", "baseline"))
    ]
    store.commit(Batch(outcomes={(ROUTE, "orders", "pair", ""): 1}, aliases=rows), None)

    assert len(store.aliases()) == 2
    assert store.alias_counts().bound == 1
