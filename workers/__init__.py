"""Dramatiq's side: a broker, an actor for each job, and the ticker that finds what is due."""
