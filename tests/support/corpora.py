"""Where the shared test material lies: beside the checkout, or where the environment says."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "corpora"


def corpora(name: str) -> Path:
    """A file or folder of the corpora; skips the test without it, and fails it in CI."""
    path = Path(os.environ.get("SHADOWPACT_CORPORA", _BESIDE)) / name
    if not path.exists():
        missing(f"{path} is not there; SHADOWPACT_CORPORA names the folder that holds {name}")
    return path


def missing(reason: str) -> None:
    """Something that a test needs is not there: in CI that fails it, elsewhere it is skipped."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
