"""What `[[notify]]` may say: secrets come as those of targets do, and what a kind never looks at is refused."""

from pathlib import Path

import pytest

from ops.config.decode import decode
from ops.config.problems import ConfigError
from ops.config.receivers import server_place
from ops.config.resolve import with_secrets
from ops.config.structs import Config
from ops.redact import mask

HOOK = "https://hooks.slack.com/services/not-a-real-one"
STEM = "password"
MAIL = 'kind = "email"\nto = ["a@b.example"]\nfrom = "floor@b.example"\nserver = "mail.b.example:587"\n'


def read(folder: Path, *sections: str, **environ: str) -> Config:
    """A config with these `[[notify]]`, its secrets resolved. Raises ConfigError."""
    text = "".join(f"[[notify]]\n{section}\n" for section in sections)
    located = decode(text, str(folder / "f.toml"), {})
    config = with_secrets(located, environ)
    located.problems.stop()
    return config


def test_a_receiver_is_called_by_its_kind_unless_it_has_a_name(tmp_path: Path) -> None:
    config = read(tmp_path, 'kind = "terminal"', 'kind = "slack"\nname = "ops"\nurl_env = "HOOK"', HOOK=HOOK)
    assert [receiver.name for receiver in config.alerting.receivers] == ["terminal", "ops"]
    assert config.alerting.secrets["ops"]["url"].reveal() == HOOK
    assert HOOK not in repr(config)
    assert mask(f"posting to {HOOK}") == "posting to ***"


def test_every_way_to_a_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    (tmp_path / "key").chmod(0o600)
    config = read(
        tmp_path,
        'kind = "pagerduty"\nkey_file = "key"',
        MAIL + 'user = "floor"\npassword_command = ["printf", "from-a-command"]',
        'kind = "webhook"\nurl = "http://h.example/"\nheaders_env = { Authorization = "TOKEN" }',
        TOKEN="Bearer of-a-variable",
    )
    secrets = config.alerting.secrets
    assert secrets["pagerduty"]["key"].reveal() == "from-a-file"
    assert secrets["email"]["password"].reveal() == "from-a-command"
    assert secrets["webhook"]["headers.Authorization"].reveal() == "Bearer of-a-variable"


@pytest.mark.parametrize(
    ("section", "where", "said"),
    [
        pytest.param('kind = "slak"', "kind", 'did you mean "slack"?', id="a kind that is none"),
        pytest.param('kind = "slack"', "url_env", "is missing", id="Slack without an address"),
        pytest.param('kind = "slack"\nurl_env = "NOT_SET"', "url_env", "is not set", id="a variable that is not set"),
        pytest.param(f'kind = "slack"\nurl = "{HOOK}"', "url", "is a secret", id="Slack's address in the clear"),
        pytest.param('kind = "slack"\nurl = "ftp://x"', "url", "begins with http", id="an address of another kind"),
        pytest.param(
            'kind = "webhook"\nurl = "http://h"\nurl_env = "HOOK"', "url", "given twice", id="an address given twice"
        ),
        pytest.param('kind = "slack"\nurl_env = "HOOK"\nto = ["x"]', "to", "means nothing", id="another kind's key"),
        pytest.param('kind = "terminal"\nkey_env = "HOOK"', "key_env", "means nothing", id="another kind's secret"),
        pytest.param(
            'kind = "slack"\nurl_env = "HOOK"\ndeploys = false', "deploys", "means nothing", id="deploys elsewhere"
        ),
        pytest.param(f'kind = "apprise"\nurl = "ntfy://a:{STEM}@h/t"', "url", "a password", id="a password inside"),
        pytest.param('kind = "pagerduty"', "key_env", "is missing", id="PagerDuty without a key"),
        pytest.param(
            'kind = "pagerduty"\nkey_env = "HOOK"\nurl_env = "HOOK"', "url_env", "write url", id="PagerDuty elsewhere"
        ),
        pytest.param('kind = "terminal"\ntimeout = "2m"', "timeout", '"60s" or less', id="a timeout that holds up"),
        pytest.param('kind = "terminal"\ngive_up = "1s"', "give_up", "less than timeout", id="given up at once"),
        pytest.param('kind = "terminal"\nname = " x"', "name", "without space", id="a name with space around it"),
        pytest.param(
            'kind = "webhook"\nurl = "http://h"\ntemplate = "{titel}"',
            "template",
            'did you mean "title"?',
            id="a field that isn't there",
        ),
        pytest.param(
            'kind = "webhook"\nurl = "http://h"\nheaders = { "a b" = "c" }',
            "headers",
            "name of a header",
            id="no header",
        ),
        pytest.param('kind = "email"\nto = ["a@b.c"]\nfrom = "d@e.f"', "server", "is missing", id="mail, no server"),
        pytest.param(MAIL.replace(":587", ""), "server", "host:port", id="a server without its port"),
        pytest.param(MAIL.replace("a@b.example", "nobody"), "to[0]", "a plain address", id="an address that is none"),
        pytest.param(MAIL.replace("floor@", "x\\r\\nBcc: y@"), "from", "a plain address", id="a header in an address"),
        pytest.param(MAIL + 'user = "floor"', "password_env", "belong together", id="a user without a password"),
        pytest.param(MAIL + f'{STEM}_env = "HOOK"', "user", "belong together", id="a password without a user"),
        pytest.param(
            MAIL + f'user = "floor"\n{STEM}_env = "HOOK"\ntls = "none"', "tls", "in the clear", id="a bare password"
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(section: str, where: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, section, HOOK=HOOK)
    assert {problem.path for problem in caught.value.problems} == {f"notify[0].{where}"}
    assert said in caught.value.message


def test_two_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'notify\[1\].name: "terminal" is already the name of notify\[0\]'):
        read(tmp_path, 'kind = "terminal"', 'kind = "terminal"')


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("mail.example:587", ("mail.example", 587)),
        ("[::1]:25", ("::1", 25)),
        ("mail.example", None),
        ("mail.example:0", None),
        ("mail.example:99999", None),
        ("user@mail.example:25", None),
        ("mail.example:25/x", None),
        ("", None),
        (":25", None),
        ("[::1:25", None),
    ],
)
def test_the_place_of_a_mail_server(text: str, place: tuple[str, int] | None) -> None:
    assert server_place(text) == place
