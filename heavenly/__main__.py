"""Run the command line: `python -m heavenly`."""

from heavenly.cli import main

main(prog_name="python -m heavenly")
