"""When requests are sent and in which order results are used. Knows nothing of windows, rows or streams."""
