"""What the sources of this machine are made of: repositories, settings of the kernel, sockets, packages."""
