"""The command line: the only place for files, environment variables and the terminal."""
