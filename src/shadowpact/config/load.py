"""From ``shadowpact.toml`` to settings."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shadowpact.capture.settings import CaptureSettings
from shadowpact.compare.settings import Rule
from shadowpact.config import checks, schema
from shadowpact.config.credentials import plain_candidate
from shadowpact.config.environment import override
from shadowpact.config.lines import KeyPath, key_lines
from shadowpact.config.problems import Problem, Source, raise_all
from shadowpact.config.rule_files import KEY, RuleFile, repeated_ids, rule_files
from shadowpact.config.settings import Settings
from shadowpact.config.toml import parse, read
from shadowpact.errors import ConfigError
from shadowpact.mirror.settings import MirrorSettings
from shadowpact.recording.settings import RecordingSettings
from shadowpact.secrets.settings import CREDENTIAL_HEADERS, SECRET_MEMBERS, SecretSettings

DEFAULT_FILE = Path("shadowpact.toml")
FILE_VARIABLE = "SHADOWPACT_CONFIG"

_SMALL_RECORDING_SEGMENTS = 4
"""Segments that a small recording is cut into, so that retention has something to remove."""


def load(path: Path | None = None, *, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the configuration.

    Args:
        path: The file; ``None`` for the one that ``SHADOWPACT_CONFIG`` names, else
            ``shadowpact.toml`` of the current folder, else defaults.
        environ: Where overrides come from, see :mod:`shadowpact.config.environment`.

    Raises:
        ConfigError: The file cannot be read, or is wrong; names every problem with its line.
    """
    named = path or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    file = named or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    return loads(read(file) if file else "", file, environ=environ)


def loads(
    text: str, file: Path | None = None, *, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read a configuration from its text; ``file`` is where it is from, or will be.

    Raises:
        ConfigError: It is wrong; names every problem with its line.
    """
    document = parse(text, file or DEFAULT_FILE)
    overrides = override(document, environ)
    name = str(file or DEFAULT_FILE)
    source = Source(name=name, lines=key_lines(text), overrides=overrides)
    problems = [*schema.check(document), *checks.check(document, source)]
    folder = (file or DEFAULT_FILE).parent
    compare = document.get("compare")
    patterns = compare.get(KEY[1]) if isinstance(compare, dict) else None
    candidates = document.get("candidates")
    known = candidates if isinstance(candidates, dict) else {}
    shared = [RuleFile(path, known) for _, path in rule_files(patterns, folder, problems)]
    rules = _sound_rules([(document, source, problems)], shared)
    return _settings(document, file, rules)


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a configuration, with those of its rule files, or of a rule file.

    Raises:
        ConfigError: The file cannot be read, or is wrong; names every problem with its line.
    """
    if parse(read(path), path).keys() - {"rules"}:
        return load(path).rules
    return _sound_rules([], [RuleFile(path, None)])


def _sound_rules(
    main: Sequence[tuple[dict[str, Any], Source, list[Problem]]], shared: Sequence[RuleFile]
) -> tuple[Rule, ...]:
    """The rules of the configuration, then those of each file.

    Raises:
        ConfigError: Anything is wrong in any of them.
    """
    parts = [*main, *((one.document, one.source, one.problems) for one in shared)]
    for number, problem in repeated_ids([(document, source) for document, source, _ in parts]):
        parts[number][2].append(problem)
    for document, _, problems in parts:
        problems += list(_rule_problems(document, problems))
    raise_all((problems, source) for _, source, problems in parts)
    rules = [
        {**_snake(rule), "source": source.where(("rules", index))}
        for document, source, _ in parts
        for index, rule in enumerate(document.get("rules", []))
    ]
    return msgspec.convert(rules, tuple[Rule, ...])


def _settings(document: dict[str, Any], file: Path | None, rules: tuple[Rule, ...]) -> Settings:
    baseline = document.get("baseline", {})
    url = baseline.get("url")
    hosts = baseline.get("hosts") or ([_host_of(url)] if url else [])
    parts: dict[str, Any] = {name: _snake(table) for name, table in document.items()}
    capture = {**parts.get("capture", {}), "hosts": [_plain_host(host) for host in hosts]}
    secrets = _secrets(document.get("secrets", {}))
    folder = (file or DEFAULT_FILE).parent
    tables = document.get("candidates", {}).items()
    candidates = [_candidate(name, table, folder) for name, table in tables]
    mirror = {**parts.get("mirror", {}), "candidates": candidates}
    compare = parts.get("compare", {})
    if isinstance(compare.get("headers"), list):
        compare["headers"] = [name.lower() for name in compare["headers"]]
    return Settings(
        source=file,
        baseline_url=url.rstrip("/") if url else None,
        capture=msgspec.convert(capture, CaptureSettings),
        recording=_recording(parts.get("recording", {})),
        secrets=secrets,
        mirror=msgspec.convert(mirror, MirrorSettings),
        rules=rules,
        **_plain_sections(parts),
    )


def _plain_sections(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The sections whose keys are the fields of the stage's settings, and nothing else."""
    special = {"source", "baseline_url", "capture", "recording", "secrets", "mirror", "rules"}
    return {
        field.name: msgspec.convert(parts[field.name], field.type)
        for field in msgspec.structs.fields(Settings)
        if field.name in parts and field.name not in special
    }


def _snake(table: Any) -> Any:
    """Keys as the settings' fields spell them."""
    return {k.replace("-", "_"): v for k, v in table.items()} if isinstance(table, dict) else table


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _plain_host(host: str) -> str:
    """As capture compares it: lower case, an IPv6 address without its brackets."""
    return host.lower().replace("[", "").replace("]", "")


def _secrets(table: Mapping[str, Any]) -> SecretSettings:
    """Lists of names, in lower case, with what is added to them."""
    headers = [*table.get("headers", CREDENTIAL_HEADERS), *table.get("extra-headers", ())]
    members = [*table.get("members", SECRET_MEMBERS), *table.get("extra-members", ())]
    return SecretSettings(headers=_lower(headers), members=_lower(members))


def _lower(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in names))


def _candidate(name: str, table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    candidate = {**_snake(table), "name": name, "url": table["url"].rstrip("/")}
    if "routes" in table:
        candidate["routes"] = [_route(route) for route in table["routes"]]
    return plain_candidate(candidate, folder=folder)


def _route(route: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(route, str):
        return {"pattern": route}
    return {"pattern": route["match"], "writes": route.get("writes")}


def _recording(table: dict[str, Any]) -> RecordingSettings:
    settings: RecordingSettings = msgspec.convert(table, RecordingSettings)
    if "segment_bytes" in table or settings.max_bytes >= settings.segment_bytes:
        return settings
    return msgspec.structs.replace(
        settings, segment_bytes=max(1024, settings.max_bytes // _SMALL_RECORDING_SEGMENTS)
    )


def _rule_problems(document: Mapping[str, Any], known: list[Problem]) -> Iterator[Problem]:
    """What the comparer, which knows the syntax of paths and kinds, says about each sound rule."""
    rules = document.get("rules")
    if not isinstance(rules, list) or not rules:
        return
    from shadowpact.compare import check_rule  # noqa: PLC0415 - slow, and only rules need it

    broken = {problem.path[:2] for problem in known}
    for index, rule in enumerate(rules):
        if ("rules", index) in broken or ("rules",) in broken:
            continue
        try:
            check_rule(msgspec.convert(_snake(rule), Rule))
        except (ConfigError, ValueError) as error:
            text = str(error)
            is_path = repr(rule.get("path")) in text
            path: KeyPath = ("rules", index, "path") if is_path else ("rules", index)
            yield Problem(path=path, text=text)
