"""Projects a bookmark on what a target can hold, and back; pure."""
