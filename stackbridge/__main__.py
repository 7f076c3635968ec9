"""`python -m stackbridge` is the command line."""

from stackbridge.cli.app import main

main()
