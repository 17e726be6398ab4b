"""What tests of `reconcile` share."""
