"""The Daktela V6 API: from a path and a query to a reply. Knows no sockets and no faults."""
