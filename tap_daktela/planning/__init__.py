"""What a backfill costs before it starts, and the work as units."""
