"""Simulated time, kept where every process reads it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import Base


class ClockRow(Base):
    """The one row that holds simulated time."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    now: Mapped[datetime]
