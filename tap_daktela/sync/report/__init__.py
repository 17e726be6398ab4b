"""What came of a run: for machines, and as a page for people."""
