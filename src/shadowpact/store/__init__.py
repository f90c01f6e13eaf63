"""The store: findings, evidence and cursors, in SQLite behind one protocol."""
