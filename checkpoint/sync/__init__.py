"""Fetching what an authority publishes, beside the door and never in it: a failed sync leaves everything as it was."""
