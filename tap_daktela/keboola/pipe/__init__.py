"""tap-daktela and target-csv as two processes, and the files that tell each of them what to do."""
