"""The streams of a run: what each reads, in which windows, and what becomes of its rows."""
