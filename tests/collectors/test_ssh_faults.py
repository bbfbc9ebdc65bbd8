"""Why ssh did not get in, told from what OpenSSH writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.ssh.address import Address
from collectors.ssh.faults import lost_fault, ssh_fault

DB1 = Address("db1", "ops", 2222)
CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
The fingerprint for the ED25519 key sent by the remote host is
SHA256:bYhqUIDzAxpo3Zw4Tj8yzn0Pb1VJmS1uYyQhRBWhjSM.
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("written", "reason", "sentence", "remedy"),
    [
        pytest.param("ssh: connect to host db1 port 2222: Connection refused", "refused", "db1 refused the SSH",
                     "systemctl start ssh", id="refused"),
        pytest.param("ssh: connect to host db1 port 22: Connection timed out", "timeout", "did not answer", "filters",
                     id="no answer"),
        pytest.param("Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port 22 timed out",
                     "timeout", "says nothing", "overloaded", id="an sshd that hangs"),
        pytest.param("ssh: connect to host db1 port 22: No route to host", "refused", "no route to db1", "network",
                     id="no route"),
        pytest.param("ssh: Could not resolve hostname db1: Name or service not known", "dns", "does not resolve", "DNS",
                     id="a name that is unknown"),
        pytest.param("ops@db1: Permission denied (publickey,password).", "auth",
                     "no key that we have for ops and would ask for a password", "ssh-copy-id -p 2222 ops@db1",
                     id="a password is wanted"),
        pytest.param("ops@db1: Permission denied (publickey).", "auth", "no key that we have for ops", "ssh-add",
                     id="the key is not accepted"),
        pytest.param(CHANGED, "auth", "HAS CHANGED (it shows SHA256:bYhqUIDzAxpo3Zw4Tj8yzn0Pb1VJmS1uYyQhRBWhjSM",
                     "ssh-keygen -R '[db1]:2222'", id="the host key has changed"),
        pytest.param("No ED25519 host key is known for db1 and you have requested strict checking.\r\n"
                     "Host key verification failed.", "auth", "is not known here", "compare the fingerprint",
                     id="the host key is unknown"),
        pytest.param("kex_exchange_identification: banner line contains invalid characters", "protocol",
                     "does not speak SSH", "port", id="no SSH"),
        pytest.param("kex_exchange_identification: Connection closed by remote host", "reset", "hung up before",
                     "MaxStartups", id="thrown out at once"),
        pytest.param("Received disconnect from ::1 port 22:2: Too many authentication failures", "auth",
                     "too many keys", "IdentitiesOnly", id="too many keys"),
        pytest.param("Unable to negotiate with ::1 port 22: no matching host key type found.", "protocol",
                     "encryption in common", "update", id="no algorithm in common"),
        pytest.param("/x/config: line 1: Bad configuration option: foo", "permission", "ssh config here", "ssh -G db1",
                     id="a config that is wrong"),
        pytest.param("This account is currently not available.", "error", "This account is currently not available",
                     "shell", id="no shell"),
        pytest.param("", "error", "did not get a shell on db1", "ssh -p 2222 ops@db1", id="nothing was said"),
    ],
)  # fmt: skip
def test_each_has_a_sentence_and_a_remedy(written: str, reason: str, sentence: str, remedy: str) -> None:
    error = ssh_fault(written.encode(), DB1)
    assert error.reason == reason
    assert sentence in error.message
    assert remedy in error.remedy


def test_a_changed_key_is_loud_and_says_what_to_do_first() -> None:
    error = ssh_fault(CHANGED.encode(), DB1)
    assert "another machine may pose as it" in error.message
    assert error.remedy.index("compare the fingerprint") < error.remedy.index("ssh-keygen -R")
    assert not error.retry


def test_a_connection_that_is_lost() -> None:
    assert lost_fault(b"Timeout, server db1 not responding.", DB1).reason == "timeout"
    assert lost_fault(b"Connection to db1 closed by remote host.", DB1).reason == "reset"


@given(st.binary(max_size=500))
def test_whatever_a_host_says_is_told_in_one_plain_line(written: bytes) -> None:
    for error in (ssh_fault(written, DB1), lost_fault(written, DB1)):
        assert error.message.isprintable()
        assert error.remedy.isprintable()
        assert len(error.message) < 400
