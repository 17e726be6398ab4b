"""What several tests need: the commands as processes, servers, records, and what a run said."""
