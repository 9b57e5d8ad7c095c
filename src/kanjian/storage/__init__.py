"""What is written to disk, and what becomes of it where the place fails."""
