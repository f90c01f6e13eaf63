"""5  Findings: the same difference over many pairs, counted, sampled and judged."""
