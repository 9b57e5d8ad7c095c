"""A server of files on this machine, and what it has."""

import contextlib
import functools
import hashlib
import http.server
import threading

from kanjian.storage.download import Download


@contextlib.contextmanager
def serving(folder):
    """The address at which the files of a folder can be fetched."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


def remote(path, *bases, of="mnist"):
    """The record of a file of a data set that these addresses have."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    urls = tuple(f"{base}{path.name}" for base in bases)
    return Download("dataset", of, path.name, f"sha256:{digest}", path.stat().st_size, urls)
