"""The customers and their cases: accounts, contacts, tickets, CRM records, campaign records."""
