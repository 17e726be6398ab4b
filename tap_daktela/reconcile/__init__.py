"""Holds a warehouse against the instance without reading the instance again."""
