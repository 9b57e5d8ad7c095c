"""`kanjian` and `python -m kanjian`."""

import sys


def main() -> int:
    """Run the command line on `sys.argv` and give its exit status."""
    from kanjian.cli.app import run
    from kanjian.cli.streams import prepare

    prepare()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
