"""Where the program's own record goes: stderr, so that stdout holds facts only; as words or as JSON, a line each."""

from __future__ import annotations

import logging
import sys
from typing import Literal


def log_to_stderr(*, level: int = logging.WARNING, form: Literal["text", "json"] = "text") -> None:
    """Send what the program notes about its work to stderr, from ``level`` on."""
    import structlog

    words = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], repr_native_str=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer() if form == "json" else words,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        stream=sys.stderr, level=max(level, logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )
