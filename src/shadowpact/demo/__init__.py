"""A small monolith, its half-right replacement, and traffic for both: the tool shown on itself."""
