"""RabbitMQ's management API: asked, read, and its refusals named."""
