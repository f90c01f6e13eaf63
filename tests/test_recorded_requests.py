from pathlib import Path

from shadowpact.recorded_requests import RecordedRequests
from shadowpact.secrets import Sealer
from support.build import exchange, request
from support.recordings import numbered, writer

KEY = bytes(range(64))
PATTERN = "POST /login"
LOGIN = exchange(request("POST", "/login", body=b'{"password":"made-up-secret"}'))


def test_a_request_is_found_once_it_is_recorded_and_opened(tmp_path: Path) -> None:
    sealer = Sealer(KEY)
    requests = RecordedRequests(tmp_path, sealer)
    before = requests.first(PATTERN)
    into = writer(tmp_path)
    for number in range(1000):
        into.append(numbered(number))
    between = requests.first(PATTERN)
    into.append(sealer.seal(LOGIN))
    into.close()
    after = requests.first(PATTERN)
    requests.close()

    assert (before, between) == (None, None)
    assert after == LOGIN.request


def test_each_pattern_is_looked_for_from_the_beginning(tmp_path: Path) -> None:
    into = writer(tmp_path)
    into.append(numbered(1))
    into.append(LOGIN)
    into.close()
    requests = RecordedRequests(tmp_path, Sealer(KEY))

    assert requests.first(PATTERN) == LOGIN.request
    assert requests.first("GET /orders/{id}") == numbered(1).request
    requests.close()
