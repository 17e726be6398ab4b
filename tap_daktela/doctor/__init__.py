"""The checklist of --test: what a run would stumble over, and how to mend it."""
