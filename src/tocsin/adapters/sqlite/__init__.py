"""The store on one machine: SQLite in WAL mode, every commit on the disk before it counts."""
