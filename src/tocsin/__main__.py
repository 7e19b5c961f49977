"""``python -m tocsin``."""

from tocsin.entry.cli import main

main()
