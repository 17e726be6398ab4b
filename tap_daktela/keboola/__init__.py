"""The Keboola component around the tap: from a data folder to finished tables."""
