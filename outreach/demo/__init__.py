"""Four weeks in a few seconds: the whole loop against a Google of our own and simulated people."""
