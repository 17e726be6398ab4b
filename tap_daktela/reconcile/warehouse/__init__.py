"""The warehouse: what it is asked, in which words, and what it answered."""
