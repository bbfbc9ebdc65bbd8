"""The receivers' own formats and ways: a pure builder of what is sent, and the sending of it, for each kind."""
