"""A Google of one's own: Gmail, Calendar and tokens over HTTP on the loopback, with simulated people and a ledger.

It knows nothing of the product. Whatever it is told comes over HTTP (or from a test through ``server.Sandbox``), and
what it accepted stands in its own ledger, so that it can judge.
"""
