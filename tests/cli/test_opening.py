from pathlib import Path

import pytest

from shadowpact.cli.opening import open_recorded
from shadowpact.errors import UsageError
from shadowpact.state import recording_folder, store_file
from support.reports import filled_store


def test_a_folder_without_anything_is_bad_usage_and_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was recorded"):
        open_recorded(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_recording_that_waits_opens_as_an_empty_store(tmp_path: Path) -> None:
    recording_folder(tmp_path).mkdir()
    store = open_recorded(tmp_path)

    assert store.evidence().exchanges == 0
    assert not store_file(tmp_path).exists()
    store.close()


def test_a_store_is_opened(tmp_path: Path) -> None:
    filled_store(tmp_path).close()
    store = open_recorded(tmp_path)

    assert store.evidence().pairs == 40
    store.close()
