from pathlib import Path

import pytest

from benchmarks.errors import MissingToolError
from benchmarks.machine import Cores, facts, tool


def test_a_missing_tool_is_named_with_its_debian_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("benchmarks.machine.SBIN", (str(tmp_path),))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingToolError, match="nginx-light"):
        tool("nginx")


def test_a_tool_in_a_system_folder_that_is_not_on_the_path_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "nginx"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr("benchmarks.machine.SBIN", (str(tmp_path),))
    monkeypatch.setenv("PATH", "")

    assert tool("nginx") == str(program)


def test_the_facts_name_processor_python_and_versions() -> None:
    known = facts()

    assert {"cpu", "cores", "python", "nginx", "wrk", "mitmproxy", "shadowpact"} <= known.keys()
    assert all(known.values())


def test_without_pinning_the_result_says_so() -> None:
    assert "not pinned" in Cores().said
    assert "core 0" in Cores(measured=0, others=1).said
