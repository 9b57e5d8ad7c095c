"""What was computed once and is kept on disk, whole or not there, bounded in size."""
