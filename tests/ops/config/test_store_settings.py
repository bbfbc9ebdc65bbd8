"""`[store]`: what it can say, and what can't be."""

import pytest

from collectors.units import Duration
from ops.config.decode import decode
from ops.config.problems import ConfigError
from ops.config.structs import StoreSettings

SLO = """
[[service]]
name = "api"
url = "http://127.0.0.1:8000/health"

[[slo]]
service = "api"
window = "90d"
"""


def test_all_of_it_is_read() -> None:
    text = '[store]\nrecord = false\npath = "/var/lib/w"\nraw = "2d"\nminutes = "40d"\nhours = "500d"\n'
    day = 86400
    assert decode(text, "f.toml").config.store == StoreSettings(
        record=False, path="/var/lib/w", raw=Duration(2 * day), minutes=Duration(40 * day), hours=Duration(500 * day)
    )


def test_without_it_the_usual_is_kept() -> None:
    assert decode(SLO, "f.toml").config.store == StoreSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param('[store]\nrow = "1d"', 'did you mean "raw"', id="a wrong key"),
        pytest.param('[stor]\nraw = "1d"', 'did you mean "store"', id="a wrong section"),
        pytest.param("[store]\nrecord = 1", "must be true or false", id="no truth"),
        pytest.param('[[store]]\nraw = "1d"', "is written once, as [store]", id="two brackets"),
        pytest.param('[store]\nraw = "1m"', 'store.raw: must be "10m" or more', id="raw for a minute"),
        pytest.param('[store]\nminutes = "1h"', "store.minutes: is less than raw (1d)", id="minutes under raw"),
        pytest.param('[store]\nhours = "30d"', "store.hours: is less than minutes (35d)", id="hours under minutes"),
        pytest.param('[store]\nhours = "9000d"', "(ten years) or less", id="for ever"),
        pytest.param('[store]\npath = "a\\u0007b"', "store.path: must be printable", id="a path that can't be seen"),
        pytest.param(SLO + '[store]\nhours = "60d"', 'the window of the SLO "api" (90d)', id="a window not kept"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        decode(text, "f.toml")
    assert told in caught.value.message
