"""The values everything else speaks of, and the contract of an adapter; pure."""
