import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from shadowpact.cli import main
from support.inside import serving
from support.processes import write_config


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the proxy would have been started with; tests/e2e start it for real."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(serving, "run", lambda *arguments: calls.append(arguments))
    return calls


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["proxy", *arguments])
    return int(ended.value.code or 0)


def test_the_baseline_of_the_configuration_is_stood_in_front_of(
    tmp_path: Path, started: list[tuple[Any, ...]]
) -> None:
    config = write_config(tmp_path, "http://127.0.0.1:8001")

    assert run("--config", str(config), "--state", "here", "--listen", "0.0.0.0:9000") == 0
    ((mode, listen, addons, sets),) = started
    assert mode == "reverse:http://127.0.0.1:8001"
    assert listen == ("0.0.0.0", 9000)  # noqa: S104  it is asked for
    assert [type(addon).__name__ for addon in addons] == ["Shadowpact"]
    assert sets == [
        f"shadowpact_config={config}",
        "shadowpact_state=here",
        "shadowpact_worker=supervised",
    ]


def test_options_of_mitmproxy_come_after_ours(
    tmp_path: Path, started: list[tuple[Any, ...]]
) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001")
    options = ("--set", "ssl_insecure=true", "--set", "http2=false")

    assert run("--mode", "regular", "--worker", "external", *options) == 0
    ((mode, _, _, sets),) = started
    assert mode == "regular"
    assert sets[2:] == ["shadowpact_worker=external", "ssl_insecure=true", "http2=false"]


def test_without_a_baseline_it_says_how_to_name_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "Set [baseline] url in shadowpact.toml" in capsys.readouterr().err


@pytest.mark.parametrize("listen", ["8080", "localhost:", ":8080", "localhost:http", "h:70000"])
def test_an_address_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], listen: str
) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001")

    assert run("--listen", listen) == 2
    assert "expected HOST:PORT" in capsys.readouterr().err


def test_an_ipv6_address_is_taken_out_of_its_brackets(
    tmp_path: Path, started: list[tuple[Any, ...]]
) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001")

    assert run("--listen", "[::1]:0") == 0
    assert started[0][1] == ("::1", 0)


@pytest.mark.parametrize("option", ["no_such_option=1", "ssl_insecure=perhaps", "listen_port=many"])
def test_an_unknown_option_of_mitmproxy_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001")

    assert run("--set", option, "--set", f"confdir={tmp_path}") == 2
    assert option.partition("=")[0] in capsys.readouterr().err


def test_a_mode_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001")

    assert run("--mode", "sideways", "--set", f"confdir={tmp_path}") == 2
    assert "sideways" in capsys.readouterr().err


def test_a_wrong_configuration_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001", "[candidate.shop]\nurl = 'http://x'")

    assert run() == 2
    assert not (tmp_path / ".shadowpact").exists()


def test_without_mitmproxy_it_says_which_extra_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(tmp_path, "http://127.0.0.1:8001")
    importlib.import_module("shadowpact.addon")
    for name in [one for one in sys.modules if one.startswith("shadowpact.")]:
        if name in {"shadowpact.addon", "shadowpact.capture.flow", "shadowpact.capture.proxy"}:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mitmproxy", None)

    assert run() == 2
    assert "pip install 'shadowpact[proxy]'" in capsys.readouterr().err
