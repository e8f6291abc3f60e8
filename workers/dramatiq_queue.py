"""Pokes through a Dramatiq broker."""

from __future__ import annotations

import dramatiq
import structlog

from outreach.queue import JOBS, Job

log = structlog.get_logger(__name__)


class DramatiqQueue:
    """Sends pokes through a Dramatiq broker, by actor name, so that actions need not know the workers."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker

    def poke(self, job: Job) -> bool:
        """Enqueue the poke and return whether the broker took it; one that is away is logged and forgiven."""
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=JOBS[job.name], actor_name=job.name, args=(job.id,), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except Exception as error:  # noqa: BLE001 - each broker's client has errors of its own; none may stop an action
            log.warning("poke_lost", job=job.name, id=job.id, error=str(error) or type(error).__name__)
            return False
        return True
