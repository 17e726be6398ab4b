"""The invented company: the rows of every table, and what happens to them while the server runs."""
