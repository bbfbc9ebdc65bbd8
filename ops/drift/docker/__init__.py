"""What the Docker sources of drift share: what a container, a service, a compose file says, as facts and back."""
