"""What a config may say of drift, and what stands for it where it says nothing."""

import os

import pytest

from collectors.base import Collector
from collectors.drift import DriftConfig
from ops.config.decode import decode
from ops.config.drifted import GROUPS, drift_of, reading, source_names, with_drift
from ops.config.problems import ConfigError
from ops.drift.registry import discover
from ops.fixes.case import about, readers, spec_of

HEAD = '[[drift]]\nname = "web-1"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            HEAD + '[[drift]]\nname = "web-2"\n',
            "drift[1]: this host is compared once: drift[0] (line 1) is there already; make it one",
            id="it stands there twice",
        ),
        pytest.param(HEAD + 'only = ["dokcer"]', 'there is no source "dokcer"; did you mean "docker"?', id="only"),
        pytest.param(HEAD + 'without = ["x", "data"]', 'without[0]: there is no source "x"', id="without"),
        pytest.param(HEAD + 'ignore = [""]', "ignore[0]: means no path; write it as", id="an empty glob"),
        pytest.param(
            HEAD + 'ignore = ["nosuch:*"]', 'ignore[0]: no source is called "nosuch"', id="a glob of no source"
        ),
        pytest.param(HEAD + 'ignore = ["/etc/*"]', "ignore[0]: means no path; write it as", id="a glob of files"),
        pytest.param(HEAD + 'ignore = ["imges"]', 'did you mean "images"?', id="a whole source that nobody has"),
        pytest.param(HEAD + 'auto_fix = ["nosuch:*"]', 'no source is called "nosuch"', id="fixes of no source"),
        pytest.param(HEAD + '[drift.severity]\n"n:x" = "info"', 'no source is called "n"', id="severity of no source"),
        pytest.param(HEAD + 'file = "/etc/passwd"', "file: is filled in by watchfloor itself", id="its file is given"),
        pytest.param(HEAD + 'about = "a:b"', "about: is filled in by watchfloor itself", id="its part is given"),
    ],
)
def test_what_can_never_be_meant_is_told(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        decode(text, "floor.toml")
    assert told in refused.value.message


def test_globs_groups_and_sources_are_taken_and_its_file_is_filled_in() -> None:
    text = HEAD + 'only = ["docker", "git"]\nignore = ["*#labels.*", "git"]\nauto_fix = ["*"]\n'

    drift = drift_of(decode(text, "floor.toml").config)

    assert isinstance(drift.config, DriftConfig)
    assert drift.config.file == os.path.abspath("floor.toml")
    assert drift.config.only == ("docker", "git")


def test_every_source_is_named_by_its_module_and_is_of_a_known_group() -> None:
    assert source_names() == tuple(discover())
    assert {source.group for source in discover().values()} <= set(GROUPS)


def test_without_a_word_this_host_stands_for_one() -> None:
    config = decode('[[docker]]\nname = "local"\n', "floor.toml").config

    spec = drift_of(config)

    assert spec.id == f"drift:{spec.config.name}"
    assert "/" not in spec.config.name
    assert issubclass(spec.collector, Collector)
    assert [one.id for one in with_drift(config).targets] == ["docker:local", spec.id]
    assert with_drift(with_drift(config)) == with_drift(config)
    assert reading(config, "docker:local") is config


def test_a_row_of_drift_is_read_by_drift_alone_and_other_rows_never_are() -> None:
    text = '[[docker]]\nname = "local"\n[[drift]]\nname = "local"\n'
    config = decode(text, "floor.toml").config
    difference = "drift.difference:local/containers:local/web-1#image"

    assert readers(config, difference) == ("drift:local",)
    assert readers(config, "container:local/web-1") == ("docker:local",)
    (drift,) = (spec.config for spec in about(config, difference).targets if isinstance(spec.config, DriftConfig))
    assert drift.about == "containers:local/web-1#image"


def test_a_difference_can_be_put_right_where_the_config_says_nothing_of_drift() -> None:
    config = decode('[[docker]]\nname = "local"\n', "floor.toml").config
    spec = drift_of(config)
    row = f"drift.difference:{spec.config.name}/files:/etc/hosts"

    assert readers(config, row) == (spec.id,)
    assert spec_of(config, spec.id) == spec
    (drift,) = (one.config for one in about(config, row).targets if isinstance(one.config, DriftConfig))
    assert drift.about == "files:/etc/hosts"
