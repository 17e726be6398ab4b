"""From the target's CSV files to finished tables with manifests."""
