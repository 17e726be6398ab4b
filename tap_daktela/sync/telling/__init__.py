"""What a run tells people: how far it is, what each stream brought, and how it ended."""
