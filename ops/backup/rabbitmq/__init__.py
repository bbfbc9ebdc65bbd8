"""RabbitMQ: its definitions by the management API, proven in virtual hosts of their own, compared after a restore."""
