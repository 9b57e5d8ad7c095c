"""The command line: thin edges, each command calls one library function."""
