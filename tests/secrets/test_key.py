import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from shadowpact.errors import ConfigError
from shadowpact.secrets.key import KEY_BYTES, KEY_FILE, KEY_VARIABLE, existing_key, load_key

KEY = bytes(range(KEY_BYTES))
NOTHING: dict[str, str] = {}


def made(state: Path) -> bytes:
    return load_key(state, environ=NOTHING, random_bytes=lambda size: KEY[:size])


def test_a_key_is_made_on_first_use_and_read_from_then_on(tmp_path: Path) -> None:
    assert made(tmp_path / "state") == KEY
    assert load_key(tmp_path / "state", environ=NOTHING, random_bytes=bytes) == KEY


def test_a_key_is_random_unless_told_otherwise(tmp_path: Path) -> None:
    keys = {load_key(tmp_path / name, environ=NOTHING) for name in "abc"}

    assert len(keys) == 3
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_key_and_folder_are_private(tmp_path: Path) -> None:
    made(tmp_path / "state")

    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "state").iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    made(tmp_path)
    (tmp_path / KEY_FILE).chmod(mode)

    with pytest.raises(ConfigError, match=r"may be read by others.*chmod 600"):
        made(tmp_path)


def test_the_environment_wins_over_the_file_and_makes_none(tmp_path: Path) -> None:
    environ = {KEY_VARIABLE: base64.b64encode(KEY).decode() + "\n"}

    assert load_key(tmp_path, environ=environ) == KEY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["short", "*" * 88, base64.b64encode(KEY[:32]).decode(), "é"])
def test_a_key_of_the_wrong_form_is_refused_without_showing_it(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigError, match=f"{KEY_VARIABLE}: expected the base64 of 64") as raised:
        load_key(tmp_path, environ={KEY_VARIABLE: given})

    assert given not in str(raised.value)


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    made(tmp_path)

    assert load_key(tmp_path, environ={KEY_VARIABLE: ""}) == KEY


def test_a_key_file_of_other_content_names_the_file(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match=f"{KEY_FILE}: expected the base64"):
        made(tmp_path)


def test_a_full_disk_leaves_no_half_a_key_behind(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from shadowpact.secrets.key import load_key\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try: load_key(Path(sys.argv[1]), environ={})\n"
        "except OSError: print('refused')"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert done.stdout == "refused\n"
    assert list(tmp_path.iterdir()) == []
    assert made(tmp_path) == KEY


def test_looking_for_a_key_makes_none(tmp_path: Path) -> None:
    first, second = (existing_key(tmp_path, environ=NOTHING) for _ in range(2))

    assert first != second
    assert list(tmp_path.iterdir()) == []
    assert made(tmp_path) == existing_key(tmp_path, environ=NOTHING) == KEY


def test_of_two_that_make_a_key_at_once_both_get_the_same(tmp_path: Path) -> None:
    def meanwhile(size: int) -> bytes:
        load_key(tmp_path, environ=NOTHING, random_bytes=lambda size: KEY[:size])
        return bytes(size)

    assert load_key(tmp_path, environ=NOTHING, random_bytes=meanwhile) == KEY
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
