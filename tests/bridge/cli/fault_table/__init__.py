"""Every fault that a person can meet, with all that they are told: tables to be read from top to bottom."""
