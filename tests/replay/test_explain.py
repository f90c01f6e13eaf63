from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact import config
from shadowpact.errors import UsageError
from shadowpact.model.alias import AliasRow, Replacement
from shadowpact.model.batch import Batch
from shadowpact.model.exchange import Failure
from shadowpact.replay import ReplayOptions, settings_for
from shadowpact.replay.explain import Change, Explained, explain
from shadowpact.replay.kept import Kept
from shadowpact.secrets import REDACTED, Sealer
from shadowpact.secrets.aliases import seal_row
from shadowpact.state import open_store
from support import build
from support.replays import KEY, recorded

TOKEN = "Bearer not-a-real-token-0815"
SHOP = '[candidates.shop]\nurl = "http://shop.test"\nwrites = "on"\n'
ORDER = build.exchange(
    build.request(target="/orders/12", headers=((b"authorization", TOKEN.encode()),))
)
ROWS = (
    AliasRow(
        candidate="shop", kind="order", scope="s", recorded=12, side=81, learnt_from="exc_run_3"
    ),
    AliasRow(
        candidate="shop", kind="token", scope="s", learnt_from="exc_run_1",
        recorded=TOKEN.removeprefix("Bearer "), side="given-by-the-candidate",
    ),
)  # fmt: skip


@pytest.fixture
def kept() -> Iterator[Kept]:
    store = open_store(None)
    sealer = Sealer(KEY)
    outcomes = {("GET /orders/{id}", "shop", "pair", ""): 1}
    rows = [seal_row(row, sealer) for row in ROWS]
    store.commit(Batch(outcomes=outcomes, aliases=rows), None)  # type: ignore[arg-type]  # an outcome
    yield Kept(store, None)
    store.close()


def explained(
    kept: Kept, folder: Path, request: str = "0", *, text: str = SHOP, **fields: Any
) -> Explained:
    options = ReplayOptions(recording=folder, **fields)
    return explain(options, settings_for(config.loads(text), to=None), kept, request, key=KEY)


def sealed(tmp_path: Path, *exchanges: Any) -> Path:
    return recorded(tmp_path / "r", map(Sealer(KEY).seal, exchanges or (ORDER,)))


def test_it_says_what_replaces_what_and_where_that_was_learnt(tmp_path: Path, kept: Kept) -> None:
    found = explained(kept, sealed(tmp_path))

    assert (found.recorded, found.sent) == ("GET /orders/12", "GET /orders/81")
    assert (found.route, found.candidate, found.refused) == ("GET /orders/{id}", "shop", "")
    assert found.replacements[0] == Replacement(
        where="path", kind="order", recorded="12", sent="81", learnt_from="exc_run_3"
    )


def test_secrets_are_not_shown(tmp_path: Path, kept: Kept) -> None:
    found = explained(kept, sealed(tmp_path))
    token = found.replacements[1]

    assert (token.where, token.recorded, token.sent) == (
        "header:authorization", REDACTED, REDACTED,
    )  # fmt: skip
    assert "0815" not in repr(found)
    assert "given-by" not in repr(found)


def test_a_secret_in_the_path_is_not_in_the_route(tmp_path: Path, kept: Kept) -> None:
    secret = "not-a-real-token-0815"
    asked = build.request(target=f"/orders/{secret}", headers=ORDER.request.headers)
    found = explained(kept, sealed(tmp_path, build.exchange(asked)))

    assert secret not in repr(found)


def test_a_request_is_named_by_number_or_by_its_exchanges_id(tmp_path: Path, kept: Kept) -> None:
    folder = sealed(tmp_path, build.exchange(), ORDER)

    assert explained(kept, folder, "1") == explained(kept, folder, "exc_run_1")
    assert explained(kept, folder, "1").sequence == 1


@pytest.mark.parametrize(
    ("request_", "said"),
    [("9", "holds no readable request 9"), ("the last", "expected the number")],
)
def test_what_names_no_request_is_said(
    tmp_path: Path, kept: Kept, request_: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        explained(kept, sealed(tmp_path), request_)


def test_what_is_not_sent_says_why(tmp_path: Path, kept: Kept) -> None:
    failed = build.exchange(build.request(), Failure(kind="reset"))
    post = build.exchange(build.request("POST", "/orders"))
    folder = sealed(tmp_path, failed, post)
    off = SHOP.replace('"on"', '"off"')

    assert explained(kept, folder, "0").refused == "incomparable: baseline-failed"
    assert explained(kept, folder, "0", baseline="http://old.test").refused == ""
    assert explained(kept, folder, "1", text=off).refused == "dropped: write-policy"


def test_what_the_configuration_changes_is_said(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "a-test-token")
    text = f"""{SHOP}
rewrite-path = [{{ from = "/orders/{{id}}", to = "/v2/orders/{{id}}" }}]
remove-headers = ["x-internal", "x-absent"]
set-headers = {{ "x-tenant" = "test" }}
credentials = {{ kind = "header", value-from-env = "SHOP_TOKEN" }}
"""
    headers = ((b"authorization", REDACTED.encode()), (b"X-Internal", b"1"))
    asked = build.exchange(build.request(target="/orders/12", headers=headers))
    found = explained(kept, recorded(tmp_path / "r", [asked]), text=text)

    assert found.refused == ""
    assert found.sent == "GET /v2/orders/81"
    assert found.changes == (
        Change(where="path", why="rewrite-path"),
        Change(where="header:x-internal", why="remove-headers"),
        Change(where="header:x-tenant", why="set-headers"),
        Change(where="header:authorization", why="credentials (header)"),
    )
