"""Recordings as files."""

from pathlib import Path

from shadowpact.recording.har import write_har
from shadowpact.recordings import find, summarise
from shadowpact.recordings_making import copy
from shadowpact.recordings_reading import kind_of
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer
from support.build import exchange, request

KEY = bytes(range(64))


def test_a_folder_of_segments_is_one_recording(tmp_path: Path) -> None:
    write_har([exchange()], tmp_path / "x.HAR")
    copy(tmp_path / "x.HAR", tmp_path / "a", sealer=Sealer(KEY), segment_bytes=1024)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.txt").write_text("")

    assert list(find(tmp_path)) == [tmp_path / "a", tmp_path / "x.HAR"]
    assert list(find(tmp_path / "gone")) == []
    assert [kind_of(path) for path in find(tmp_path)] == ["folder", "har"]


def test_a_secret_is_no_part_of_the_routes_name(tmp_path: Path) -> None:
    headers = ((b"authorization", b"Bearer made-up-token"),)
    asked = (request(target="/a;jsessionid=x1"), request(target="/made-up-token", headers=headers))
    write_har([exchange(one) for one in asked], tmp_path / "x.har")

    found = summarise(tmp_path / "x.har", routes=RouteTable([]), sealer=Sealer(KEY))

    assert dict(found.routes) == {"GET /[redacted]": 1, "GET /a;jsessionid=[redacted]": 1}


def test_a_sealed_target_is_opened_for_its_route_by_the_one_key(tmp_path: Path) -> None:
    headers = ((b"authorization", b"Bearer made-up-token"),)
    target = "/orders/17?token=made-up-token"
    write_har([exchange(request(target=target, headers=headers))], tmp_path / "x.har")
    copy(tmp_path / "x.har", tmp_path / "a", sealer=Sealer(KEY), segment_bytes=1024)

    opened = summarise(tmp_path / "a", routes=RouteTable([]), sealer=Sealer(KEY))
    closed = summarise(tmp_path / "a", routes=RouteTable([]), sealer=Sealer(KEY[::-1]))

    assert dict(opened.routes) == {"GET /orders/{id}": 1}
    assert [route.startswith("GET sealed:") for route in closed.routes] == [True]
