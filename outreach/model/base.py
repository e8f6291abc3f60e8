"""What all tables share: naming, ids, instants in UTC, and whose row it is."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, ForeignKeyConstraint, MetaData, String, TypeDecorator
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. A naive datetime is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant as the driver wants it: aware for PostgreSQL, naive UTC for SQLite."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone, so it names no instant")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant, aware UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def by_value(words: type[StrEnum]) -> SqlEnum:
    """Return the column type that stores a closed list by value, with a CHECK for it."""
    return SqlEnum(
        words,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=32,
    )


class Base(DeclarativeBase):
    """Base of every mapped class."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


def new_id() -> str:
    """Return a fresh opaque id: 80 random bits, short enough to type the first few."""
    return secrets.token_hex(10)


class AccountOwned:
    """Mixin of every table whose rows belong to an account; ``outreach.database`` scopes queries by it."""

    account_id: Mapped[str] = mapped_column(String(20), ForeignKey("account.id", ondelete="CASCADE"))


def same_account(column: str, target: str) -> ForeignKeyConstraint:
    """Return a foreign key that cannot cross accounts: ``(account_id, column)`` to ``target (account_id, id)``."""
    return ForeignKeyConstraint(["account_id", column], [f"{target}.account_id", f"{target}.id"])


Id = Mapped[str]


def primary_id() -> Mapped[str]:
    """Return the primary key column that every table has."""
    return mapped_column(String(20), primary_key=True, default=new_id)
