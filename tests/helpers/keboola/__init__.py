"""The platform's side of the Keboola component."""
