"""Services and files that keep bookmarks; see bridge.model.adapter for the contract."""
