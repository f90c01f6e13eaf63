"""Prove on real traffic that the new service answers like the monolith.

What a program needs is here, and loaded when it is first asked for::

    from shadowpact import Rules, assert_equivalent, compare
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shadowpact.compare.comparison import Comparison
    from shadowpact.contracts.state_functions import provider_state
    from shadowpact.equivalence import Rules, assert_equivalent, compare

__all__ = [
    "Comparison",
    "Rules",
    "__version__",
    "assert_equivalent",
    "compare",
    "provider_state",
]

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "shadowpact.compare.comparison",
    "Rules": "shadowpact.equivalence",
    "assert_equivalent": "shadowpact.equivalence",
    "provider_state": "shadowpact.contracts.state_functions",
}


class _CompareModule(ModuleType):
    """The package ``shadowpact.compare``, which is the function ``compare`` too."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return importlib.import_module("shadowpact.equivalence").compare(*args, **options)


class _Package(ModuleType):
    """This package, in which ``compare`` is a function and a package.

    Importing a part of ``shadowpact.compare`` puts that package in the place of the function, so
    the package learns to be called.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "compare" and isinstance(value, ModuleType):
            value.__class__ = _CompareModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name == "compare":
        return importlib.import_module("shadowpact.compare")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
