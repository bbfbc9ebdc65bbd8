"""The driver of a floor in a browser: Textual's own, which ends when the server is gone."""

from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Draws through textual-serve."""

    def run_input_thread(self) -> None:
        """Take what the browser sends, until there is nobody to send anything."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=129))
