"""The key that seals credentials: from the environment, else a private file in the state folder."""

import base64
import binascii
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from shadowpact.errors import ConfigError

KEY_BYTES = 64
"""AES-SIV with two 256-bit halves (RFC 5297)."""

KEY_VARIABLE = "SHADOWPACT_KEY"
KEY_FILE = "key"


def load_key(
    state: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """The key of this state folder, made on first use.

    Args:
        state: The state folder; made with mode 0700 when missing.
        environ: ``SHADOWPACT_KEY`` (base64 of 64 bytes) wins over the file.
        random_bytes: Where a new key comes from.

    Returns:
        64 bytes.

    Raises:
        ConfigError: The key has the wrong form, or the file can be read by others.
    """
    if given := environ.get(KEY_VARIABLE):
        return _decoded(given, where=KEY_VARIABLE)
    path = state / KEY_FILE
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path, random_bytes(KEY_BYTES))
    return _read(path)


def existing_key(state: Path, *, environ: Mapping[str, str] = os.environ) -> bytes:
    """The key of a state folder without making one; one that opens nothing when there is none.

    Raises:
        ConfigError: The key has the wrong form, or the file can be read by others.
    """
    if environ.get(KEY_VARIABLE) or (state / KEY_FILE).exists():
        return load_key(state, environ=environ)
    return os.urandom(KEY_BYTES)


def _make(path: Path, key: bytes) -> None:
    """Write a key, whole or not at all; one that somebody else made meanwhile stays."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ConfigError(
            f"{path}: the key may be read by others (mode {mode:04o}, expected 0600). "
            f"Run: chmod 600 {path}"
        )
    return _decoded(path.read_text(encoding="ascii", errors="replace"), where=str(path))


def _decoded(text: str, *, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"{where}: expected the base64 of {KEY_BYTES} bytes, got other text. "
            "Make one with: head -c 64 /dev/urandom | base64 -w0"
        )
    return key
