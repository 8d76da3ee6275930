"""Shows receipts and plans: in sentences, as lists, as tables of a terminal, and as a page."""
