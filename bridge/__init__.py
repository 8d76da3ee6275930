"""Knows bookmarks: the model, the merge, the plan, the state and the command line; knows no service."""
