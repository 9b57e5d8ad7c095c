"""Videos taken apart, named and put together: frames, tags, annotated copies, highlights."""
