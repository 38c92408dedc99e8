"""`python -m huoli`, for where the command itself is not on the path."""

from huoli.cli import main

main()
