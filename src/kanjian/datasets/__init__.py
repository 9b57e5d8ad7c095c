"""Labeled pictures, read lazily: formats, built-in sets, splits and a health check."""
