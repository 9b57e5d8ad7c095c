"""A server for recognizers: pictures over HTTP in, named answers out. Nothing here trains."""
