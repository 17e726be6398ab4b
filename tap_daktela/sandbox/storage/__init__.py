"""The tables with their columns, and the rows of all tables in memory. Knows no invented value."""
