"""Files and what is kept on disk: whole or not there, bounded in size, one writer at a time."""
