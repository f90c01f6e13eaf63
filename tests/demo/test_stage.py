import importlib.util
from pathlib import Path

import pytest

from shadowpact.demo import stage
from shadowpact.demo.processes import ProcessError
from shadowpact.demo.stage import DemoError, Stage, find_addon, mitmdump_command, run_command
from shadowpact.demo.traffic import Ask
from shadowpact.errors import EXIT_BROKEN, EXIT_USAGE, UsageError
from support.servers import is_open

BROKEN_ADDON = "raise RuntimeError('this addon is broken')\n"


def test_the_addon_of_a_checkout_is_found() -> None:
    assert find_addon().name == "shadowpact.py"
    assert "Shadowpact" in find_addon().read_text("utf-8")


def test_the_addon_of_an_installed_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "shadowpact"
    (package / "addons").mkdir(parents=True)
    (package / "addons" / "shadowpact.py").write_text("")
    monkeypatch.setattr("shadowpact.__file__", str(package / "__init__.py"))

    assert find_addon() == (package / "addons" / "shadowpact.py").resolve()


def test_an_installation_without_the_addon_is_told_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadowpact.__file__", str(tmp_path / "a" / "shadowpact" / "__init__.py"))

    with pytest.raises(DemoError, match="addons"):
        find_addon()


def test_without_mitmproxy_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(UsageError, match=r"pip install 'shadowpact\[proxy\]'") as error:
        find_addon()
    assert error.value.exit_status == EXIT_USAGE


def test_mitmdump_gets_a_port_from_the_kernel_and_keeps_certificates_in_the_folder() -> None:
    command = mitmdump_command(Path("demo"), "http://127.0.0.1:1", addon=Path("a.py"))

    assert command[command.index("--listen-port") + 1] == "0"
    assert "confdir=demo/mitmproxy" in command
    assert "reverse:http://127.0.0.1:1" in command


def test_a_command_runs_in_the_folder_and_hands_back_its_result(tmp_path: Path) -> None:
    ran = run_command(tmp_path, "worker", "--help")

    assert ran.status == 0
    assert ran.stdout.startswith("Usage: shadowpact worker ")


def test_an_unexpected_exit_status_is_told_with_the_end_of_the_output(tmp_path: Path) -> None:
    with pytest.raises(DemoError) as error:
        run_command(tmp_path, "worker", "--no-such-option", expected=(0, 1))

    assert "`shadowpact worker --no-such-option` ended with status 2" in str(error.value)
    assert "expected 0 or 1" in str(error.value)
    assert "No such option" in str(error.value)
    assert error.value.exit_status == EXIT_BROKEN


def test_a_command_that_hangs_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "COMMAND_S", 0.01)

    with pytest.raises(DemoError, match=r"`shadowpact worker --help` took longer than 0\.01 s"):
        run_command(tmp_path, "worker", "--help")


async def test_a_proxy_that_breaks_is_told_with_its_log_and_nothing_is_left_running(
    tmp_path: Path,
) -> None:
    addon = tmp_path / "addon.py"
    addon.write_text(BROKEN_ADDON)

    with pytest.raises(ProcessError) as error, Stage(tmp_path / "demo", addon=addon) as broken:
        await broken.drive([Ask(target="/health")])

    assert "mitmdump" in str(error.value)
    assert "this addon is broken" in str(error.value)
    for name in ("baseline", "candidate"):
        port = (tmp_path / "demo" / "logs" / f"{name}.log").read_text().rpartition(":")[2]
        assert not is_open(int(port))
