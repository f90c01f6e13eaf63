from shadowpact.gate.decide import Decision, RouteDecision, Verdict
from shadowpact.gate.present import gate_document, gate_lines
from shadowpact.gate.settings import GateSettings
from shadowpact.model.evidence import Evidence


def one(route: str, verdict: Verdict, *reasons: str, is_left_alone: bool = False) -> RouteDecision:
    return RouteDecision(
        route=route,
        candidate="orders",
        verdict=verdict,
        reasons=reasons,
        pairs=0 if is_left_alone else 300,
        loss_rate=0.0,
        max_mismatch_rate=None if is_left_alone else 0.00994,
        is_left_alone=is_left_alone,
    )


DECISION = Decision(
    verdict="fail",
    reasons=("over all routes too much was lost",),
    routes=(
        one("GET /a", "pass"),
        one("GET /b", "fail", "1 real finding: fnd_1"),
        one("GET /c", "no-evidence", "3 pairs compared, the policy asks for 20"),
        one("POST /a", "no-evidence", "nothing", is_left_alone=True),
    ),
)


def test_the_text_says_by_route_what_may_be_switched_today() -> None:
    assert [text for text, _ in gate_lines(DECISION)] == [
        "may be switched today (1 of 4 routes)",
        "  GET /a → orders  (300 pairs; at most 1.0% differ, 95 % confidence)",
        "may not be switched (1 of 4 routes)",
        "  GET /b → orders  (300 pairs; at most 1.0% differ, 95 % confidence)",
        "      1 real finding: fnd_1",
        "not known yet (1 of 4 routes)",
        "  GET /c → orders  (300 pairs; at most 1.0% differ, 95 % confidence)",
        "      3 pairs compared, the policy asks for 20",
        "left alone on purpose, so nothing is known (1 of 4 routes)",
        "  POST /a → orders",
        "over all routes too much was lost",
        "gate: fail",
    ]


def test_the_document_holds_verdict_policy_evidence_and_routes() -> None:
    document = gate_document(DECISION, Evidence(exchanges=3, pairs=3, equal=2), GateSettings())

    assert document["schema"] == "shadowpact/gate/1"
    assert (document["verdict"], document["reasons"]) == (
        "fail",
        ["over all routes too much was lost"],
    )
    assert document["policy"] == {"min_pairs": 20, "max_loss_rate": 0.05}
    assert document["evidence"]["equal"] == 2
    assert document["routes"][1] == {
        "route": "GET /b",
        "candidate": "orders",
        "verdict": "fail",
        "reasons": ["1 real finding: fnd_1"],
        "pairs": 300,
        "loss_rate": 0.0,
        "max_mismatch_rate": 0.00994,
        "left_alone": False,
    }
