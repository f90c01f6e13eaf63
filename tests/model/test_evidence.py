from shadowpact.model.evidence import Evidence, RouteEvidence, RuleHits


def test_nothing_was_seen_unless_said() -> None:
    found = Evidence()

    assert found.exchanges == found.pairs == found.backlog == found.hook_errors == 0
    assert (found.dropped, found.incomparable) == ({}, {})


def test_a_route_without_pairs_has_no_ratio() -> None:
    route = RouteEvidence(route="GET /", candidate=None)

    assert (route.p50_ratio, route.p95_ratio) == (None, None)


def test_a_rule_that_did_nothing_has_no_hits() -> None:
    assert RuleHits(rule="a").differences == {}
