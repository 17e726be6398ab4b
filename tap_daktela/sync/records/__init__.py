"""From a row as Daktela sends it to the line of a Singer record. Knows no request."""
