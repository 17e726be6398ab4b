"""One request over HTTP: sending, retries, limits and the envelope of a response. Knows no login and no query."""
