"""`python -m tablefit.cli` is the `tablefit` command."""

from tablefit.cli import main

main()
