"""The vocabulary: frozen values that every stage speaks in; no I/O."""
