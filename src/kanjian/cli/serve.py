"""`kanjian serve`: recognizers over HTTP."""

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from kanjian import extras
from kanjian.cli import options
from kanjian.cli.output import say, say_json
from kanjian.cli.streams import OneLine


def _found(named: str) -> str:
    """RUN or NAME=RUN with the folder of a run that is given by its name.

    Example:
        >>> _found("pets=no run of this name")
        'pets=no run of this name'
    """
    name, separator, run = named.partition("=")
    if not separator or Path(named).exists():
        return str(options.run_folder(named))
    return f"{name}={options.run_folder(run)}"


def serve(
    runs: Annotated[
        list[str],
        typer.Argument(help="Runs, by folder or name, or the recognizer folders in them; NAME=RUN "
                       "to choose what it is called.", show_default=False, metavar="RUN",
                       parser=_found),
    ],
    host: Annotated[
        str,
        typer.Option("--host", help="Listen at this address. Any but this machine's own needs a "
                     "token.", metavar="ADDRESS"),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option("--token", help="What every request must carry. Better in the environment: "
                     "a command line is seen by others.", envvar="KANJIAN_TOKEN"),
    ] = None,
    precision: Annotated[
        Literal["f32", "bf16"],
        typer.Option("--precision", help="bf16 is faster on processors made for it, and right to "
                     "about two digits."),
    ] = "f32",
    batch: Annotated[
        int | None,
        typer.Option("--batch", help="Most pictures in one batch of the network; by "
                     "default as many as are of use.", min=1, max=256),
    ] = None,
    max_body: Annotated[
        float, typer.Option("--max-body", help="Size of a request.", metavar="MB", min=0.001)
    ] = 32,
    max_pixels: Annotated[
        int, typer.Option("--max-pixels", help="Width × height of a picture.", min=1)
    ] = 50_000_000,
    max_pictures: Annotated[
        int, typer.Option("--max-pictures", help="Pictures in one request.", min=1)
    ] = 32,
    max_requests: Annotated[
        int, typer.Option("--max-requests", help="Requests at once; the next is asked to "
                          "come back.", min=1)
    ] = 64,
    max_seconds: Annotated[
        float, typer.Option("--max-seconds", help="For a request to arrive, and again for its "
                            "reply.", metavar="SECONDS", min=0.1)
    ] = 30,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Serve recognizers over HTTP.

    POST pictures to /predict: a form, the bytes of one file, or JSON with base64; or speak the
    Open Inference Protocol v2. A page to try it with is at the address itself, counters are at
    /metrics. A recognizer whose folder changes is exchanged while it runs. Ctrl-C or SIGTERM
    stops it, once what was accepted is answered.
    """
    extras.need("fastapi", "uvicorn", "prometheus_client", "python_multipart")
    from kanjian.serve.limits import Limits
    from kanjian.serve.server import names_of, serve

    said = logging.StreamHandler()
    said.setFormatter(OneLine("kanjian: %(message)s"))
    logging.basicConfig(handlers=[said])
    logging.getLogger("kanjian.serve").setLevel(logging.INFO)  # exchanges, and being told to stop
    for name in ("uvicorn", "python_multipart"):  # every request that is no HTTP, or no form
        logging.getLogger(name).setLevel(logging.ERROR)

    limits = Limits(
        body_mb=max_body, pixels=max_pixels, pictures=max_pictures, concurrent=max_requests,
        seconds=max_seconds,
    )  # fmt: skip
    named = names_of(runs)

    def started(address: str) -> None:
        if json:
            say_json({"address": address, "recognizers": list(named)})
        else:
            say(f"{', '.join(named)} at {address}. Ctrl-C stops.")

    serve(
        named, host=host, port=port, token=token or None, limits=limits, precision=precision,
        batch=batch, started=started,
    )  # fmt: skip
