"""``python -m outreach``."""

from __future__ import annotations

from outreach.cli.main import main

if __name__ == "__main__":
    main()
