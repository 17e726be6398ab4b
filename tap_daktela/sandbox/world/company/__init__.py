"""The contact centre itself: queues, users, rights, categories, small lists, the knowledge base."""
