"""Files with rules alone, which several configurations may share."""

from collections.abc import Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

from shadowpact.config import checks, schema
from shadowpact.config.lines import KeyPath, key_lines
from shadowpact.config.problems import Problem, Source, shown
from shadowpact.config.toml import parse, read

KEY: KeyPath = ("compare", "rule-files")


class RuleFile:
    """One file, read.

    Attributes:
        source: For messages.
        document: What it says.
        problems: What is wrong with it; ids in other files are not looked at.
    """

    def __init__(self, file: Path, candidates: Mapping[str, Any] | None) -> None:
        """Read a file.

        Args:
            file: Its path.
            candidates: Those that its rules may name; ``None`` for any.

        Raises:
            ConfigError: It cannot be read, or is no TOML.
        """
        text = read(file)
        self.document = parse(text, file)
        self.source = Source(name=str(file), lines=key_lines(text))
        known = _named(self.document) if candidates is None else candidates
        beside = {**self.document, "candidates": known}
        self.problems = [
            *schema.check(self.document, only=("rules",)),
            *checks.check_rules(beside, self.source),
        ]


def _named(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every candidate that a rule names, when there is nobody to ask whether it exists."""
    rules = document.get("rules")
    found = [rule.get("candidate") for rule in rules or () if isinstance(rule, dict)]
    return {name: {} for name in found if isinstance(name, str)}


def rule_files(
    patterns: Any, folder: Path, problems: list[Problem]
) -> Iterator[tuple[KeyPath, Path]]:
    """The files that patterns name, each once: in the order of the patterns, then by name.

    Args:
        patterns: As in the configuration, whether they are right or not.
        folder: What they are relative to.
        problems: Gets a pattern that no file matches.
    """
    seen: set[Path] = set()
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else []):
        if not isinstance(pattern, str):
            continue
        found = sorted(folder / name for name in glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207  a path may be absolute, which Path.glob refuses
        files = [file for file in found if file.is_file()]
        if not files:
            text = f"got {shown(pattern)}, which no file matches in {folder.resolve()}"
            problems.append(Problem(path=(*KEY, index), text=text))
        for file in files:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield (*KEY, index), file


def repeated_ids(
    parts: Sequence[tuple[Mapping[str, Any], Source]],
) -> Iterator[tuple[int, Problem]]:
    """Ids that an earlier part has already, with the number of the part that repeats them."""
    owners: dict[str, tuple[int, str]] = {}
    for number, (document, source) in enumerate(parts):
        rules = document.get("rules")
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            name = rule.get("id") if isinstance(rule, dict) else None
            if not isinstance(name, str):
                continue
            path: KeyPath = ("rules", index)
            owner, where = owners.setdefault(name, (number, source.where(path)))
            if owner != number:
                text = f"{shown(name)} is taken by the rule at {where}; ids are unique"
                yield number, Problem(path=(*path, "id"), text=text)
