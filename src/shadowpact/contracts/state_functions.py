"""Provider states made by Python functions, registered by the state's name.

::

    from shadowpact import provider_state

    @provider_state("an order exists")
    def an_order_exists(params):
        order = database.create_order(**params)
        yield {"id": order.id}       # values for the interaction's generators
        database.delete(order)       # the teardown; a function that returns has none
"""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from shadowpact.contracts.states import Params, StateError, StateHandler, UrlStates, state_id
from shadowpact.errors import UsageError

type StateFunction = Callable[[dict[str, Any]], Any]
"""Gets the state's parameters; returns values or nothing, or yields them and then tears down."""

_MARK: Final = "__shadowpact_states__"
_ANY: Final = "*"


def provider_state[F: StateFunction](name: str) -> Callable[[F], F]:
    """Register a function for the state of this name; ``*`` for those that no other takes."""

    def mark(function: F) -> F:
        setattr(function, _MARK, (*getattr(function, _MARK, ()), name))
        return function

    return mark


class FunctionStates:
    """Calls the function of a state's name."""

    def __init__(self, functions: Mapping[str, StateFunction]) -> None:
        """Take the functions, by the names of their states; ``*`` takes all others."""
        self._functions = dict(functions)
        self._open: dict[str, Generator[Any, None, None]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The states that have a function, sorted."""
        return tuple(sorted(self._functions))

    def set_up(self, state: str, params: Params) -> Mapping[str, Any]:
        """See :class:`.states.StateHandler`."""
        function = self._functions.get(state) or self._functions.get(_ANY)
        if function is None:
            known = ", ".join(map(repr, self.names)) or "none"
            raise StateError(f"no function for this state; there are: {known}")
        try:
            made = function(dict(params))
            if isinstance(made, Generator):
                self._open[state_id(state, params)] = made
                made = next(made, None)
        except Exception as error:
            raise StateError(_said(function, error)) from error
        if made is not None and not isinstance(made, Mapping):
            kind = type(made).__name__
            raise StateError(f"{_name(function)} gave {kind}; expected a mapping of values or None")
        return made or {}

    def tear_down(self, state: str, params: Params) -> None:
        """See :class:`.states.StateHandler`."""
        made = self._open.pop(state_id(state, params), None)
        if made is None:
            return
        try:
            next(made, None)
        except Exception as error:
            raise StateError(f"{type(error).__name__}: {error}") from error


def _said(function: StateFunction, error: Exception) -> str:
    if isinstance(error, StateError):
        return str(error)
    return f"{_name(function)} raised {type(error).__name__}: {error}"


def _name(function: StateFunction) -> str:
    return f"{getattr(function, '__qualname__', repr(function))}()"


def load_states(where: str, *, timeout_s: float) -> StateHandler:
    """The handler that ``--states`` names.

    Args:
        where: A URL; a Python file; ``module``, with functions marked by :func:`provider_state`;
            or ``module:name`` of a mapping of functions, or of a handler or function for all.
        timeout_s: For one call of a URL.

    Raises:
        UsageError: It is not there, cannot be imported, or has no states.
    """
    if where.startswith(("http://", "https://")):
        return UrlStates(where, timeout_s=timeout_s)
    if where.endswith(".py"):
        return _of_module(_file(Path(where)), where)
    name, _, member = where.partition(":")
    module = _module(name, where)
    if not member:
        return _of_module(module, where)
    found = getattr(module, member, None)
    if found is None:
        raise UsageError(f"--states {where}: {name} has no {member!r}")
    return _handler(found, where)


def _handler(found: Any, where: str) -> StateHandler:
    if isinstance(found, Mapping) and all(map(callable, found.values())):
        return FunctionStates(found)
    if hasattr(found, "set_up") and hasattr(found, "tear_down"):
        handler: StateHandler = found
        return handler
    if callable(found):
        names = getattr(found, _MARK, (_ANY,))
        return FunctionStates(dict.fromkeys(names, found))
    raise UsageError(
        f"--states {where}: is {type(found).__name__}; expected functions by the names of their "
        "states, or a function"
    )


def _of_module(module: ModuleType, where: str) -> FunctionStates:
    functions: dict[str, StateFunction] = {}
    for held in vars(module).values():
        for name in getattr(held, _MARK, ()) if inspect.isfunction(held) else ():
            if functions.setdefault(name, held) is not held:
                raise UsageError(f"--states {where}: two functions for the state {name!r}")
    if not functions:
        raise UsageError(
            f"--states {where}: no function there is marked with @provider_state(NAME)"
        )
    return FunctionStates(functions)


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"--states {path}: no such file")
    spec = importlib.util.spec_from_file_location(f"shadowpact_states_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"--states {path}: is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))  # its neighbours, as for a script
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"--states {path}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module


def _module(name: str, where: str) -> ModuleType:
    sys.path.insert(0, "")  # of the folder where the command runs
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise UsageError(f"--states {where}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove("")
