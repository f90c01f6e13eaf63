import inspect

from shadowpact.store.protocol import Store
from shadowpact.store.sql import SqlStore


def _methods(kind: type) -> dict[str, list[str]]:
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_the_sql_store_has_every_method_with_the_same_arguments() -> None:
    asked = _methods(Store)

    assert asked
    assert {name: _methods(SqlStore)[name] for name in asked} == asked
