from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact import provider_state
from shadowpact.contracts.state_functions import FunctionStates, load_states
from shadowpact.contracts.states import StateError, UrlStates
from shadowpact.errors import UsageError

STATES = """
from shadowpact import provider_state

@provider_state("an order exists")
@provider_state("an order is there")
def order(params):
    return {"id": params["n"] + 1}

TABLE = {"a cart exists": lambda params: None}

def anything(params):
    return params
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop_states.py").write_text(STATES)
    monkeypatch.chdir(tmp_path)


def test_a_function_gets_the_parameters_and_gives_values() -> None:
    states = FunctionStates({"s": lambda params: {"id": params["n"]}})

    assert states.set_up("s", {"n": 3}) == {"id": 3}
    assert FunctionStates({"s": lambda _: None}).set_up("s", {}) == {}


def test_what_stands_behind_yield_is_the_teardown() -> None:
    told: list[str] = []

    def order(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        told.append(f"up {params['n']}")
        yield {"id": 7}
        told.append("down")

    states = FunctionStates({"s": order})
    values = states.set_up("s", {"n": 1})
    states.tear_down("s", {"n": 1})
    states.tear_down("s", {"n": 1})

    assert values == {"id": 7}
    assert told == ["up 1", "down"]


def test_a_state_without_a_function_is_told_with_those_there_are() -> None:
    with pytest.raises(StateError, match="no function for this state; there are: 'a', 'b'"):
        FunctionStates({"b": print, "a": print}).set_up("c", {})


def test_a_function_for_all_takes_what_no_other_does() -> None:
    assert FunctionStates({"*": lambda _: {"id": 1}}).set_up("whatever", {}) == {"id": 1}


def test_an_error_of_a_function_is_told_with_its_name() -> None:
    def order(_params: dict[str, Any]) -> None:
        raise ConnectionError("no database")

    def torn(_params: dict[str, Any]) -> Iterator[None]:
        yield
        raise ValueError("stuck")

    states = FunctionStates({"s": order, "t": torn, "u": lambda _: 5})
    with pytest.raises(StateError, match=r"order\(\) raised ConnectionError: no database"):
        states.set_up("s", {})
    states.set_up("t", {})
    with pytest.raises(StateError, match="ValueError: stuck"):
        states.tear_down("t", {})
    with pytest.raises(StateError, match="gave int; expected a mapping"):
        states.set_up("u", {})


def test_a_reason_of_its_own_is_taken_as_it_is() -> None:
    def order(_params: dict[str, Any]) -> None:
        raise StateError("no such customer")

    with pytest.raises(StateError, match=r"^no such customer$"):
        FunctionStates({"s": order}).set_up("s", {})


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("where", ["shop_states.py", "shop_states"])
def test_marked_functions_of_a_file_or_module_are_found(where: str) -> None:
    states = load_states(where, timeout_s=1)

    assert isinstance(states, FunctionStates)
    assert states.names == ("an order exists", "an order is there")
    assert states.set_up("an order exists", {"n": 900}) == {"id": 901}


@pytest.mark.usefixtures("folder")
def test_a_mapping_or_a_function_of_a_module_will_do() -> None:
    table = load_states("shop_states:TABLE", timeout_s=1)
    anything = load_states("shop_states:anything", timeout_s=1)
    one = load_states("shop_states:order", timeout_s=1)

    assert table.set_up("a cart exists", {}) == {}
    assert anything.set_up("whatever", {"a": 1}) == {"a": 1}
    with pytest.raises(StateError, match="no function"):
        one.set_up("a cart exists", {})


def test_a_url_is_asked() -> None:
    states = load_states("http://127.0.0.1:9/states", timeout_s=1)

    assert isinstance(states, UrlStates)
    with pytest.raises(StateError, match="cannot be asked"):
        states.set_up("s", {})


@pytest.mark.parametrize(
    ("where", "text", "reason"),
    [
        ("gone.py", "", "no such file"),
        ("gone_module", "", "ModuleNotFoundError"),
        ("bad.py", "1/0", "ZeroDivisionError"),
        ("bad.py", "x = 1", "marked with @provider_state"),
        ("bad:y", "x = 1", "has no 'y'"),
        ("bad:x", "x = 1", "is int; expected functions"),
        (
            "bad.py",
            (
                "from shadowpact import provider_state as p\n"
                "a = p('s')(lambda _: 1)\nb = p('s')(lambda _: 2)\n"
            ),
            "two functions for the state 's'",
        ),
    ],
)
def test_what_cannot_be_loaded_is_told(
    where: str, text: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "bad", raising=False)
    (tmp_path / "bad.py").write_text(text)

    with pytest.raises(UsageError, match="--states") as caught:
        load_states(where, timeout_s=1)
    assert reason in str(caught.value)


def test_marking_leaves_the_function_as_it_is() -> None:
    @provider_state("s")
    def order(params: dict[str, Any]) -> dict[str, Any]:
        return params

    assert order({"a": 1}) == {"a": 1}
