"""Computers that work on this database; SQLite's may be one only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import Base


class Host(Base):
    """A computer on which workers run, and when one of them last said so."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    seen_at: Mapped[datetime]
