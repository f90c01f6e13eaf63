"""3  Mirror: what the client asked the baseline is asked of the candidate too."""
