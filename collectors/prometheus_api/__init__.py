"""The HTTP API of Prometheus, and of Alertmanager beside it: asked and read within bounds."""
