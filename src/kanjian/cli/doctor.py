"""`kanjian doctor`: what works here, what is missing, and what mends it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli.output import padded, say, say_json, told, width_of
from kanjian.doctor import Finding, diagnose
from kanjian.i18n import gettext_noop
from kanjian.spoken import heading, spoken

_MARK = {True: gettext_noop("ok"), None: "-", False: gettext_noop("MEND")}


def doctor(
    data: Annotated[
        Path | None, typer.Option("--data", help="Where data sets are looked for first.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say what works here, what is missing, and its cure.

    Each thing that is missing comes with the one command that mends it. The exit
    status is 2 if something must be mended.
    """
    findings = diagnose(data_folder=data)
    if as_json:
        say_json([asdict(finding) for finding in findings])
    else:
        _table(findings)
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(2)


def _table(findings: list[Finding]) -> None:
    names = [heading(spoken(finding.name)) for finding in findings]
    width = max(map(width_of, names))
    for name, finding in zip(names, findings, strict=True):
        mark = padded(heading(_MARK[finding.ok]), 5)
        say(told(f"{mark} {padded(name, width)}  {heading(spoken(finding.what))}"))
        if finding.mend:
            say(f"{'':<{width + 8}}{finding.mend}")
    broken = sum(finding.ok is False for finding in findings)
    say()
    say(f"{broken} to mend, see above." if broken else "Nothing to mend.")
