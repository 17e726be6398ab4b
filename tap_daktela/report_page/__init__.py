"""The report as one HTML page. Knows only the document of a report, and nothing of a run."""
