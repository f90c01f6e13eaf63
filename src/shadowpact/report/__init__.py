"""Reports: what is known at one moment, as JSON for programs and as text for people."""
