"""Pokes through a Dramatiq broker."""

from __future__ import annotations

import dramatiq
import structlog
from dramatiq.errors import DramatiqError

from outreach.queue import JOBS, Job

log = structlog.get_logger(__name__)


class DramatiqQueue:
    """Sends pokes through a Dramatiq broker, by actor name, so that actions need not know the workers."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker

    def poke(self, job: Job) -> None:
        """Enqueue the poke; a broker that is away is logged and forgiven."""
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=JOBS[job.name], actor_name=job.name, args=(job.id,), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except (DramatiqError, OSError) as error:
            log.warning("poke_lost", job=job.name, id=job.id, error=str(error))
