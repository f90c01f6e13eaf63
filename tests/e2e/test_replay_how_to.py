"""The commands of docs/how-to/replay.md, as they stand there."""

import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest

from shadowpact import cli
from support import build
from support.replays import recorded
from support.scripted import Asked, Peer, ScriptedServer, answer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "replay.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
REPLAYS = [line for line in COMMANDS if line.startswith("shadowpact replay ")]
STARTED_US = 1_777_903_400_000_000
"""2026-05-04, a little after 14:03."""


def reply(peer: Peer, asked: Asked) -> None:
    number = int(asked.target.rpartition("/")[2])
    peer.send(answer(orjson.dumps({"id": number})))


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """Where the services of the page are in truth."""
    with ExitStack() as running:
        found = {}
        for port in (9001, 8001, 8002):
            server = running.enter_context(ScriptedServer(default=reply))
            found[f"http://127.0.0.1:{port}"] = server.url
        yield found


@pytest.fixture(autouse=True)
def monday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine quick users for twenty minutes; one look a minute."""
    monkeypatch.chdir(tmp_path)
    recorded(
        tmp_path / "monday",
        [
            build.exchange(
                build.request(target=f"/orders/{number}"),
                build.response({"id": number}),
                started_us=STARTED_US + number * 60_000_000,
                client=f"c{number % 9}",
            )
            for number in range(20)
        ],
    )


def status_of(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return ended.value.code


def given(line: str, urls: dict[str, str]) -> list[str]:
    """The arguments of a command of the page; nobody has a day to wait."""
    _, *arguments = shlex.split(line, comments=True)
    return [urls.get(one, one).replace("1x", "9000x").replace("10x", "9000x") for one in arguments]


@pytest.mark.parametrize("line", REPLAYS)
def test_a_command_of_the_page_does_what_it_says(
    line: str, urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = status_of(*given(line, urls))
    said = capsys.readouterr()

    # a tenth of nine sessions may be none of them, and then nothing is compared
    assert status in ({0, 3} if "--sample" in line else {0, None}), said.err
    if "--explain" in line:
        assert "GET /orders/" in said.out
    elif "json" in line:
        assert orjson.loads(said.out)["replay"]["how"] == "done"
    else:
        assert "exchanges = " in said.out


def test_what_is_kept_is_read_by_the_other_commands(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    status_of(*given(REPLAYS[0], urls))
    (folder,) = Path(".shadowpact/replays").iterdir()
    others = [line for line in COMMANDS if line not in REPLAYS]
    for line in others:
        _, *arguments = shlex.split(re.sub(r"\S+/replays/\S+", str(folder), line))

        assert status_of(*arguments) in {0, 3}, line
    assert f"kept in {folder}" in capsys.readouterr().err
    assert len(others) == 2


def test_every_option_of_the_command_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    status_of("replay", "--help")
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", capsys.readouterr().out))
    common = {"--config", "--state", "--help", "--format"}

    assert options - common - set(re.findall(r"--[a-z-]+", PAGE.read_text("utf-8"))) == set()
