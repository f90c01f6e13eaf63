"""The store on SQLAlchemy Core: SQLite in WAL mode by default."""

import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from shadowpact.errors import StoreError, UsageError
from shadowpact.model.alias import BESIDE, UNKNOWN_ALIAS, AliasCounts, AliasRow
from shadowpact.model.batch import (
    SAMPLES_KEPT,
    Batch,
    BehaviourKey,
    Cursor,
    FindingKey,
    SampleRank,
    Thresholds,
)
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import SEVERITIES
from shadowpact.model.evidence import Evidence, IgnoredDifferences, RouteEvidence, RuleHits
from shadowpact.model.finding import Finding, Triage
from shadowpact.model.pair import Sample
from shadowpact.model.profile import Profile
from shadowpact.store import rows, schema

BUSY_TIMEOUT_MS = 10_000
BUSY_TRIES = 500

_PRIMARY = 0xFF
"""The part of SQLite's error codes that says what; the rest says why (BUSY_RECOVERY)."""

_DAMAGED = ("file is not a database", "disk image is malformed")
_DAMAGED_HINT = ". It is damaged: put a copy of it back, or move it away and begin anew."


def open_store(path: Path | None, judge: rows.Judge) -> "SqlStore":
    """The SQLite store in a file, made when missing; ``None`` is one in memory for a single run.

    Args:
        path: The file, private to the user.
        judge: Gives each finding its verdict.

    Raises:
        StoreError: It cannot be opened, is damaged, or was made by a later version.
    """
    if path is None:
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    else:
        _make_private(path)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    sa.event.listen(engine, "connect", _prepare)
    try:
        return SqlStore(engine, judge, where=str(path or "memory"))
    except BaseException:
        engine.dispose()
        raise


def _make_private(path: Path) -> None:
    """Before SQLite opens it, as the files it puts beside it get the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"{path}: the store cannot be opened: {error.strerror}") from error


def _prepare(connection: Any, _record: object) -> None:
    try:
        connection.execute("PRAGMA busy_timeout=0")  # else each of the tries waits
        _use_wal(connection)
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA synchronous=NORMAL")
    except BaseException:  # the pool does not know it yet
        connection.close()
        raise


def _use_wal(connection: Any) -> None:
    """Somebody else may be opening a new store just now, and SQLite does not wait for that here."""
    for tries_left in reversed(range(BUSY_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY
            if not is_busy or not tries_left:
                raise
            time.sleep(BUSY_TIMEOUT_MS / 1000 / BUSY_TRIES)
        else:
            return


class SqlStore:
    """See ``store.protocol.Store``."""

    def __init__(self, engine: Engine, judge: rows.Judge, *, where: str) -> None:
        self._engine = engine
        self._judge = judge
        self._where = where
        self._snapshot: Connection | None = None
        self._insert: Callable[[sa.Table], Any] = (
            postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        )
        with self._transaction() as connection:
            for table in schema.metadata.sorted_tables:  # others may be making them just now
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
            self._check_version(connection)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one moment, whatever others commit meanwhile."""
        with self._transaction() as connection:
            if self._engine.dialect.name == "sqlite":  # else nothing begins before the first write
                connection.exec_driver_sql("BEGIN")
            self._snapshot = connection
            try:
                yield
            finally:
                self._snapshot = None

    def commit(self, batch: Batch, cursor: Cursor | None) -> None:
        """Add a batch and move the cursor, in one transaction."""
        with self._transaction() as connection:
            for table, adding in rows.counted(batch):
                self._add(connection, table, adding, ("count",))
            self._add_findings(connection, batch)
            self._add_samples(connection, batch.samples)
            self._put(connection, schema.aliases, *map(rows.alias_row, batch.aliases))
            if cursor is not None:
                self._put(connection, schema.cursors, rows.cursor_row(cursor))

    def cursor(self, recording: str) -> Cursor | None:
        """How far a recording is worked through; ``None`` when it was never begun."""
        query = sa.select(schema.cursors).where(schema.cursors.c.recording == recording)
        with self._transaction() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else rows.cursor_of(dict(row))

    def aliases(self) -> tuple[AliasRow, ...]:
        """All aliases of all sides, those used last at the end."""
        found = self._all(schema.aliases)
        found.sort(key=lambda row: (row["last_seen_us"], row["candidate"], row["recorded"]))
        return tuple(rows.alias_of(row) for row in found)

    def alias_counts(self) -> AliasCounts:
        """How the ids of all candidates went."""
        table = schema.aliases.c
        of_candidates = ~table.candidate.contains(BESIDE)
        query = (
            sa.select(table.is_demoted, sa.func.count())
            .where(of_candidates)
            .group_by(table.is_demoted)
        )
        with self._transaction() as connection:
            counts = {bool(demoted): count for demoted, count in connection.execute(query)}
        unknown = self.evidence().incomparable.get(UNKNOWN_ALIAS, 0)
        return AliasCounts(
            bound=counts.get(False, 0), conflicts=counts.get(True, 0), unknown=unknown
        )

    def thresholds(self) -> Thresholds:
        """What the reservoirs hold."""
        table = schema.samples.c
        query = sa.select(table.owner, table.slot, table.rank).order_by(table.rank)
        held: dict[tuple[FindingKey | BehaviourKey, str], list[int]] = defaultdict(list)
        with self._transaction() as connection:
            for owner, slot, rank in connection.execute(query):
                held[rows.owner_of(owner), slot].append(rank)
        return {key: tuple(ranks) for key, ranks in held.items()}

    def evidence(self) -> Evidence:
        """Counts over everything that has ended."""
        return rows.evidence(self._all(schema.outcomes))

    def routes(self) -> tuple[RouteEvidence, ...]:
        """Counts by route and candidate, in that order."""
        return rows.routes(self._all(schema.outcomes), self._all(schema.latencies))

    def findings(self) -> tuple[Finding, ...]:
        """All findings with their samples: real ones first, then by pairs, route and path."""
        found, outcomes = self._all(schema.findings), self._all(schema.outcomes)
        return rows.findings(found, outcomes, self._samples(), self._judge)

    def behaviours(self) -> tuple[Behaviour, ...]:
        """All behaviours with their samples, by consumer, candidate, route, status, shape."""
        return rows.behaviours(self._all(schema.behaviours), self._samples())

    def profiles(self) -> dict[BehaviourKey, Profile]:
        """What was in the bodies of each behaviour, where they were looked into."""
        return rows.profiles(self._all(schema.profiles))

    def ignored(self) -> tuple[IgnoredDifferences, ...]:
        """What rules covered, and where."""
        found = [IgnoredDifferences(**row) for row in self._all(schema.rule_hits)]
        return tuple(sorted(found, key=lambda hit: (hit.rule, hit.route, hit.path, hit.kind)))

    def rule_hits(self) -> tuple[RuleHits, ...]:
        """What each rule covered in all."""
        return rows.rule_hits(self._all(schema.rule_hits), self._all(schema.rule_errors))

    def triage(self, finding_id: str, state: Triage) -> None:
        """Set what people decided about a finding.

        Raises:
            UsageError: There is no such finding.
        """
        table = schema.findings
        digits = finding_id.removeprefix("fnd_")
        change = sa.update(table).where(table.c.fingerprint.startswith(digits, autoescape=True))
        with self._transaction() as connection:
            changed = connection.execute(change.values(state=state)).rowcount if digits else 0
        if not changed:
            raise UsageError(
                f"{self._where}: no finding {finding_id!r}. List them with: shadowpact findings"
            )

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._snapshot is not None:
            yield self._snapshot
            return
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            hint = _DAMAGED_HINT if any(it in reason for it in _DAMAGED) else ""
            raise StoreError(f"{self._where}: the store failed: {reason}{hint}") from error

    def _check_version(self, connection: Connection) -> None:
        table = schema.meta
        query = sa.select(table.c.value).where(table.c.name == "version")
        found = connection.execute(query).scalar_one_or_none()
        if found is None:
            self._put(connection, table, {"name": "version", "value": str(schema.VERSION)})
        elif not found.isdecimal():
            raise StoreError(f"{self._where}: damaged, its version says {found!r}")
        elif int(found) > schema.VERSION:
            raise StoreError(
                f"{self._where}: made by a later shadowpact (store version {found}, this one reads "
                f"{schema.VERSION}). Please update shadowpact."
            )
        else:
            self._upgrade(connection, int(found))

    def _upgrade(self, connection: Connection, version: int) -> None:
        """Step by step, in the transaction that opened the store."""
        for step in range(version, schema.VERSION):
            for statement in schema.UPGRADES[step]:
                connection.execute(sa.text(statement))
        if version < schema.VERSION:
            self._put(connection, schema.meta, {"name": "version", "value": str(schema.VERSION)})

    def _all(self, table: sa.Table) -> list[Mapping[str, Any]]:
        with self._transaction() as connection:
            found = connection.execute(sa.select(table)).mappings().all()
        return [dict(row) for row in found]

    def _samples(self) -> Mapping[FindingKey | BehaviourKey, tuple[Sample, ...]]:
        table = schema.samples.c
        query = sa.select(schema.samples).order_by(table.owner, table.slot.desc(), table.rank)
        found: dict[FindingKey | BehaviourKey, list[Sample]] = defaultdict(list)
        with self._transaction() as connection:
            for owner, _slot, _rank, sample in connection.execute(query):
                found[rows.owner_of(owner)].append(rows.sample_of(sample))
        return {owner: rows.without_repetition(samples) for owner, samples in found.items()}

    def _add(
        self,
        connection: Connection,
        table: sa.Table,
        adding: Sequence[Mapping[str, Any]],
        counted: Iterable[str],
    ) -> None:
        """Insert rows, adding the counted columns to those that exist."""
        if not adding:
            return
        insert = self._insert(table)
        sums = {name: table.c[name] + insert.excluded[name] for name in counted}
        keys = list(table.primary_key.columns)
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=sums), adding)

    def _put(self, connection: Connection, table: sa.Table, *putting: Mapping[str, Any]) -> None:
        """Insert rows, or replace those with their keys."""
        if not putting:
            return
        insert = self._insert(table)
        keys = list(table.primary_key.columns)
        rest = {c.name: insert.excluded[c.name] for c in table.columns if c not in keys}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest), putting)

    def _add_findings(self, connection: Connection, batch: Batch) -> None:
        adding = rows.finding_rows(batch)
        if not adding:
            return
        table = schema.findings
        insert = self._insert(table)
        new = insert.excluded
        later = self._engine.dialect.name == "postgresql"
        least, most = (sa.func.least, sa.func.greatest) if later else (sa.func.min, sa.func.max)
        changes = {
            "count": table.c.count + new.count,
            "pairs": table.c.pairs + new.pairs,
            "twin_differing": table.c.twin_differing + new.twin_differing,
            "first_seen_us": least(table.c.first_seen_us, new.first_seen_us),
            "last_seen_us": most(table.c.last_seen_us, new.last_seen_us),
            "is_status_class": sa.or_(table.c.is_status_class, new.is_status_class),
            "severity": sa.case(
                (_badness(new.severity) < _badness(table.c.severity), new.severity),
                else_=table.c.severity,
            ),
            "state": sa.case(
                (sa.and_(table.c.state == "fixed", new.pairs > 0), "open"), else_=table.c.state
            ),
        }
        keys = list(table.primary_key.columns)
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes), adding)

    def _add_samples(
        self,
        connection: Connection,
        samples: Mapping[tuple[FindingKey | BehaviourKey, SampleRank], Sample],
    ) -> None:
        if not samples:
            return
        table = schema.samples
        adding = [
            {
                "owner": rows.owner_text(owner),
                "slot": rank.slot,
                "rank": rank.rank,
                "sample": rows.sample_bytes(sample),
            }
            for (owner, rank), sample in samples.items()
        ]
        insert = self._insert(table).on_conflict_do_nothing()
        connection.execute(insert, adding)
        for owner, slot in sorted({(rows.owner_text(o), rank.slot) for o, rank in samples}):
            kept = (
                sa.select(table.c.rank)
                .where(table.c.owner == owner, table.c.slot == slot)
                .order_by(table.c.rank)
                .limit(SAMPLES_KEPT[slot])
            )
            connection.execute(
                sa.delete(table).where(
                    table.c.owner == owner, table.c.slot == slot, table.c.rank.not_in(kept)
                )
            )


def _badness(severity: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """0 for the worst."""
    return sa.case({name: place for place, name in enumerate(SEVERITIES)}, value=severity)
