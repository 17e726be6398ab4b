"""One request over HTTP: the wire, retries, limits and the envelope of an answer. Knows no list and no token."""
