"""A Pact Broker: publish pacts, fetch them, say how they fared, ask whether to deploy."""
