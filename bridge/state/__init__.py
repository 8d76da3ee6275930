"""The SQLite file that survives a crash: replicas, links, journal, pace."""
