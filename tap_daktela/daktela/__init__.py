"""One Daktela instance over HTTP. Knows nothing of Singer."""
