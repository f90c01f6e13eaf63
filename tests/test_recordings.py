"""Recordings as files."""

from pathlib import Path

import pytest

from shadowpact.errors import UsageError
from shadowpact.recording.har import write_har
from shadowpact.recordings import counts, find, import_har, kind_of, summarise
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer
from support.build import exchange, request

KEY = bytes(range(64))


def test_counts_say_how_many_and_why() -> None:
    assert counts({}) == "0"
    assert counts({"damaged": 1, "no request": 2}) == "3 (damaged 1, no request 2)"


def test_a_folder_of_segments_is_one_recording(tmp_path: Path) -> None:
    write_har([exchange()], tmp_path / "x.HAR")
    import_har(tmp_path / "x.HAR", tmp_path / "a", sealer=Sealer(KEY), segment_bytes=1024)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.txt").write_text("")

    assert list(find(tmp_path)) == [tmp_path / "a", tmp_path / "x.HAR"]
    assert list(find(tmp_path / "gone")) == []
    assert [kind_of(path) for path in find(tmp_path)] == ["folder", "har"]
    with pytest.raises(UsageError, match="no such recording"):
        kind_of(tmp_path / "gone")


def test_a_sealed_target_is_opened_for_its_route_by_the_one_key(tmp_path: Path) -> None:
    headers = ((b"authorization", b"Bearer made-up-token"),)
    target = "/orders/17?token=made-up-token"
    write_har([exchange(request(target=target, headers=headers))], tmp_path / "x.har")
    import_har(tmp_path / "x.har", tmp_path / "a", sealer=Sealer(KEY), segment_bytes=1024)

    opened = summarise(tmp_path / "a", routes=RouteTable([]), sealer=Sealer(KEY))
    closed = summarise(tmp_path / "a", routes=RouteTable([]), sealer=Sealer(KEY[::-1]))

    assert dict(opened.routes) == {"GET /orders/{id}": 1}
    assert [route.startswith("GET sealed:") for route in closed.routes] == [True]
