"""Outreach: informational interviews, from the first letter to the thank-you, from one's own mailbox."""

__version__ = "0.1.0"
