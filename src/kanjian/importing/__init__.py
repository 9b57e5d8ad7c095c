"""Networks that others trained, opened with care and made into recognizers."""
