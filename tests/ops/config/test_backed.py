"""What a config may say of backups, and what is filled in where it says nothing."""

import os

import pytest

from collectors.backup import BackupConfig
from ops.backup.places import discover
from ops.config.backed import is_sealed, sets
from ops.config.backup_places import CHECKS
from ops.config.decode import decode
from ops.config.problems import ConfigError

HEAD = '[[backup]]\nname = "shop"\n'
FILES = HEAD + 'kind = "files"\npaths = ["/srv/media"]\n'
HERE = FILES + 'target = "file:///var/backups"\n'
SHOP = '[[postgres]]\nname = "shop"\ndsn = "postgresql://127.0.0.1/shop"\n'
OTHER = '[[postgres]]\nname = "other"\ndsn = "postgresql://127.0.0.1/other"\n'
DUMP = HEAD + 'kind = "postgres"\ntarget = "file:///var/backups"\n'
AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(DUMP, "source: there is no [[postgres]] that it could be of", id="nothing that it is of"),
        pytest.param(SHOP + OTHER + DUMP, "there are several [[postgres]]: shop, other", id="one of several"),
        pytest.param(SHOP + DUMP + 'source = "shpo"', 'did you mean "shop"?', id="a source that is not there"),
        pytest.param(HERE + 'source = "shop"', "source: means nothing for files", id="files have no source"),
        pytest.param(HERE + 'volumes = ["a"]', "volumes: means nothing for files, only for volume", id="another's"),
        pytest.param(HEAD + 'kind = "files"\ntarget = "file:///b"', "paths: is missing: kind files", id="no paths"),
        pytest.param(HERE.replace('"shop"', '"a b"'), "is the name of a folder too", id="a name that is no folder's"),
        pytest.param(HERE + 'file = "x"', "is filled in by watchfloor itself", id="its file is given"),
        pytest.param(HERE + "compression = 20", "compression: must be 0 to 19", id="too much compression"),
        pytest.param(HERE + "nice = -5", "nice: must be 0 to 19", id="not nice"),
        pytest.param(HERE + 'rto = "0s"', "rto: must be more than nothing", id="restored in no time"),
        pytest.param(HERE + 'before = ["-x"]', "before[0]: must be a program", id="a hook that is an option"),
        pytest.param(FILES + 'target = "/var/b"', "begins with no place that is known", id="a path alone"),
        pytest.param(FILES + 'target = "ftp://h/b"', "begins with no place that is known", id="a scheme of nobody"),
        pytest.param(FILES + 'target = "file://var/b"', "names a host", id="two slashes"),
        pytest.param(FILES + 'target = "file:///"', "must name a folder", id="the root"),
        pytest.param(FILES + 'target = "s3:///x"', "names no bucket", id="no bucket"),
        pytest.param(FILES + 'target = "sftp://h"', "names no folder", id="no folder on a host"),
        pytest.param(FILES + 'target = "sftp:///b"', "names no host", id="no host"),
        pytest.param(FILES + 'target = "rsync://-oProxyCommand=x/b"', "take for an option", id="an option"),
        pytest.param(FILES + 'target = "sftp://u:pw@h/b"', "has a password in it", id="a password in the address"),
        pytest.param(FILES + 'target = "sftp://h:99999/b"', "is no address", id="a port that is none"),
        pytest.param(FILES + 'target = "restic:/srv/r"', "the password of the restic repository", id="restic alone"),
        pytest.param(HERE + 'endpoint = "http://h"', "only for s3", id="an endpoint of a folder"),
        pytest.param(
            FILES + 'target = "s3://b"\nendpoint = "https://a:w@h"', "has a password in it", id="a word in the endpoint"
        ),
        pytest.param(FILES + 'target = "s3://b"\nendpoint = "h"', "must be a url such as", id="no url"),
        pytest.param(FILES + 'target = "s3://b"\naccess_key_env = "A"', "they come in pairs", id="half of a pair"),
        pytest.param(FILES + 'target = "file:///srv/media/b"', "has the target in it", id="into itself"),
        pytest.param(FILES.replace("media", "**") + 'target = "file:///srv/b"', "has the target in it", id="a glob"),
        pytest.param(HERE + "encrypt = true", "encrypt: needs key_file", id="encrypted with nothing"),
        pytest.param(HERE + f'key_env = "K"\nrecipients = ["{AGE}"]', "encrypt with one of them", id="two ways"),
        pytest.param(HERE + 'recipients = ["age1x"]', '"age1" and 58 signs', id="a recipient that is none"),
        pytest.param(
            HERE + 'schedule = { drill = "every 3m" }', '"every 3m" is no "daily 05:00"', id="a proof by a span"
        ),
        pytest.param(HERE + 'identity_env = "I"', "and there are none", id="an identity of nobody"),
        pytest.param(
            HEAD + 'kind = "configuration"\ntarget = "file:///b"\nenv_files = ["/srv/.env"]',
            "only taken encrypted",
            id="secrets in clear",
        ),
        pytest.param(
            FILES + 'target = "restic:/r"\npassword_env = "P"\nkey_env = "K"',
            "key_env: is not needed",
            id="restic encrypts by itself",
        ),
        pytest.param(
            HEAD + 'kind = "redis"\ntarget = "file:///b"\ncontainer = "db"\n[[redis]]\nname = "cache"\nurl = "redis://h"',
            "means nothing for redis, only for postgres", id="a container of what is streamed from the server",
        ),
        pytest.param(HERE + 'schedule = { daily = "25:00" }', "schedule.daily: ", id="an hour that no day has"),
        pytest.param(HERE + 'schedule = { weekly = "son 02:00" }', "schedule.weekly: ", id="a day that no week has"),
        pytest.param(HERE + 'schedule = { drill = "sun 06:00" }', "schedule.drill: ", id="how often is left out"),
        pytest.param(HERE + 'schedule = { every = "10s" }', 'every: must be "1m" or more', id="too often"),
        pytest.param(HERE + 'schedule = { every = "0s" }', 'every: must be "1m" or more', id="again and again"),
        pytest.param(HERE + 'schedule = { every = "100ms" }', 'every: must be "1m" or more', id="ten times a second"),
        pytest.param(HERE + 'rpo = "1s"', 'rpo: must be "1m" or more', id="no backup is as young"),
        pytest.param(HERE + 'schedule = { time_zone = "Berlin" }', "schedule.time_zone: ", id="a zone of nobody"),
        pytest.param(HERE + 'schedule = { every = "1h", jitter = "50m" }', "overtake each other", id="too much jitter"),
        pytest.param(HERE + "keep = { daily = -2 }", "keep: daily is how many stay", id="less than none"),
        pytest.param(HERE + "keep = { prune = true }", "keep: prune = true has no rule", id="prune by no rule"),
    ],
)  # fmt: skip
def test_what_can_never_be_is_told(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        decode(text, "floor.toml")
    assert told in refused.value.message


def _only(text: str) -> BackupConfig:
    (spec,) = sets(decode(text, "floor.toml").config)
    assert isinstance(spec.config, BackupConfig)
    return spec.config


def test_the_only_source_and_the_file_are_filled_in_wherever_they_stand() -> None:
    found = _only(DUMP + SHOP)
    assert (found.source, found.docker, found.file) == ("shop", "", os.path.abspath("floor.toml"))
    assert _only(SHOP + OTHER + DUMP + 'source = "other"').source == "other"


def test_a_store_may_have_checks_of_its_own() -> None:
    assert _only(HEAD + 'kind = "store"\ntarget = "s3://b/p"\nchecks = ["select 1"]').checks == ("select 1",)


def test_the_only_engine_is_filled_in_where_a_container_is_named() -> None:
    engine = '[[docker]]\nname = "local"\n'
    assert _only(SHOP + DUMP + 'container = "db"\n' + engine).docker == "local"
    assert _only(engine + HEAD + 'kind = "volume"\nvolumes = ["*"]\ntarget = "s3://b/p"').source == "local"


@pytest.mark.parametrize(
    ("text", "sealed"),
    [
        pytest.param(HERE, False, id="nothing is said"),
        pytest.param(HERE + 'key_file = "/k"', True, id="a key"),
        pytest.param(HERE + f'recipients = ["{AGE}"]', True, id="recipients"),
        pytest.param(FILES + 'target = "restic:/r"\npassword_env = "P"', True, id="a target that encrypts"),
    ],
)
def test_what_leaves_the_host_encrypted_is_known(text: str, sealed: bool) -> None:
    assert is_sealed(_only(text)) is sealed


def test_a_target_beside_what_is_taken_is_no_trouble() -> None:
    assert _only(FILES + 'target = "file:///srv/media-backups"').target
    assert _only(FILES + 'exclude = ["/srv/media/b"]\ntarget = "file:///srv/media/b"').target


def test_no_target_is_there_that_an_address_can_t_name() -> None:
    assert set(discover()) <= set(CHECKS)
