"""2  Recordings: segment files that grow, are followed, and are read again later."""
