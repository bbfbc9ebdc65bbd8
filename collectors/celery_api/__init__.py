"""Celery through its broker: queues in Redis or AMQP, and workers asked through their mailbox."""
