"""The tables, for SQLite and PostgreSQL alike."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

VERSION = 2

UPGRADES = {1: ("ALTER TABLE findings DROP COLUMN twin_pairs",)}
"""What turns a store of a version into one of the next; tables that are new come by themselves."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("recording", Text, primary_key=True),
    Column("segment", BigInteger, nullable=False),
    Column("byte_offset", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("ahead", LargeBinary, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("route", Text, primary_key=True),
    Column("candidate", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

latencies = Table(
    "latencies",
    metadata,
    Column("route", Text, primary_key=True),
    Column("candidate", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("candidate", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("route", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("is_status_class", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("pairs", BigInteger, nullable=False),
    Column("twin_differing", BigInteger, nullable=False, default=0),
    Column("first_seen_us", BigInteger, nullable=False),
    Column("last_seen_us", BigInteger, nullable=False),
    Column("state", Text, nullable=False, default="open"),
)
"""``twin_differing`` is the evidence of noise: pairs of baseline and twin that differed here. A row
with nothing else is no finding (yet)."""

aliases = Table(
    "aliases",
    metadata,
    Column("candidate", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("recorded", Text, primary_key=True),
    Column("side", Text, nullable=False),
    Column("confirmations", BigInteger, nullable=False),
    Column("conflicts", BigInteger, nullable=False),
    Column("is_demoted", Boolean, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("learnt_from", Text, nullable=False),
    Column("last_seen_us", BigInteger, nullable=False),
)
"""``recorded`` and ``side`` are JSON, as 12 and "12" are two ids; credentials are sealed."""

behaviours = Table(
    "behaviours",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("candidate", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("status", Integer, primary_key=True),
    Column("shape", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

rule_hits = Table(
    "rule_hits",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("location", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("candidate", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("status", Integer, primary_key=True),
    Column("shape", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("fact", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""See ``model.profile``."""

rule_errors = Table(
    "rule_errors",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("message", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

samples = Table(
    "samples",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("rank", BigInteger, primary_key=True),
    Column("sample", LargeBinary, nullable=False),
)
"""``owner`` is a JSON array: ``finding`` or ``behaviour``, and the fields of its key."""
