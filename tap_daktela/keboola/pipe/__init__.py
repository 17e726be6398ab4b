"""tap-daktela and target-csv as two processes, and what each of them is told."""
