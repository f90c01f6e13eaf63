from pathlib import Path

from shadowpact.state import open_store, recording_folder, store_file, worker_log


def test_everything_lies_in_the_state_folder(tmp_path: Path) -> None:
    places = {recording_folder(tmp_path), store_file(tmp_path), worker_log(tmp_path)}

    assert len(places) == 3
    assert {place.parent for place in places} == {tmp_path}


def test_the_store_of_a_state_folder_is_a_file_in_it(tmp_path: Path) -> None:
    open_store(tmp_path / "state").close()

    assert store_file(tmp_path / "state").is_file()


def test_a_store_for_a_single_run_leaves_no_file(tmp_path: Path) -> None:
    store = open_store(None)
    assert store.evidence().exchanges == 0
    store.close()

    assert list(tmp_path.iterdir()) == []
