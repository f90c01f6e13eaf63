"""From judged pairs to the store to contracts: who asked, and what was in the bodies."""

import base64
import json
from pathlib import Path
from typing import Any

from shadowpact.config.settings import Settings
from shadowpact.contracts.build import build
from shadowpact.contracts.settings import ConsumerRule, ContractSettings
from shadowpact.findings.tally import Tally
from shadowpact.judging import BASELINE_FAILED, Judge
from shadowpact.model.exchange import Failure, Headers
from shadowpact.model.pair import Pair
from shadowpact.secrets import Sealer
from shadowpact.state import open_store
from support.build import exchange, request, response
from support.clock import ManualClock

KEY = bytes(range(64))
API_KEY = "made-up-key-0123456789"
RULES = ContractSettings(
    consumer_header="X-Client",
    consumers=(
        ConsumerRule(kind="bearer-claim"),
        ConsumerRule(kind="api-key"),
        ConsumerRule(kind="client-certificate"),
        ConsumerRule(kind="user-agent"),
    ),
)


def token(**claims: Any) -> bytes:
    parts = ({"alg": "none"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b"Bearer " + b".".join((*texts, b"made-up-signature"))


ASKED: dict[str, Headers] = {
    "web": ((b"X-Client", b"web"), (b"Authorization", token(azp="other"))),
    "billing": ((b"Authorization", token(azp="billing", sub="somebody")),),
    "key-": ((b"X-Api-Key", API_KEY.encode()),),
    "robot.example": ((b"X-Client-Cert-Subject", b"CN=robot.example,O=Example"),),
    "curl": ((b"User-Agent", b"curl/8.5.0"),),
    "default": (),
}


def judged(*pairs: Pair, settings: ContractSettings = RULES) -> Tally:
    tally = Tally()
    judge = Judge(Settings(contracts=settings), tally, Sealer(KEY), ManualClock())
    for pair in pairs:
        assert judge.judge(pair, pair.exchange.response, None) is None
    return tally


def pair(number: int, headers: Headers = (), document: Any = None) -> Pair:
    answer = response({"id": number} if document is None else document)
    asked = request(target=f"/orders/{number}", headers=headers)
    return Pair(
        exchange_id=f"exc_test_{number}",
        exchange=exchange(asked, answer),
        candidate="orders",
        route="GET /orders/{id}",
        answer=answer,
    )


def test_every_consumer_gets_a_contract_of_its_own_and_no_secret_gets_into_it(
    tmp_path: Path,
) -> None:
    tally = judged(*(pair(number, headers) for number, headers in enumerate(ASKED.values())))
    store = open_store(tmp_path)
    store.commit(tally.batch, None)
    build(store.behaviours(), store.findings(), tmp_path / "out", profiles=store.profiles())
    store.close()
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    written = b"".join(file.read_bytes() for file in files)
    folders = sorted({file.parts[-3] for file in files if file.suffix == ".json"})

    assert [f.split("-")[0] + "-" if f.startswith("key-") else f for f in folders] == sorted(ASKED)
    assert API_KEY.encode() not in written
    assert b"made-up-signature" not in written


def test_what_was_in_the_bodies_is_counted_by_behaviour() -> None:
    tally = judged(pair(1), pair(2), pair(3, document={"error": "x"}))
    facts = {(path, fact): n for (_, path, fact), n in tally.batch.profiles.items()}

    assert facts["$.id", "integer"] == 2
    assert facts["$.error", "string"] == 1
    assert len({behaviour.shape for behaviour, _, _ in tally.batch.profiles}) == 2


def test_a_failed_baseline_says_nothing() -> None:
    judge = Judge(Settings(), Tally(), Sealer(KEY), ManualClock())

    assert judge.judge(pair(1), Failure(kind="refused", elapsed_ms=1.0), None) is BASELINE_FAILED
