"""What puts a difference right, in one sentence that promises nothing that only a plan can tell."""

import pytest

from ops.drift.remedy import needs_found, sentence
from ops.drift.structs import DIGEST, Difference
from tests.parts.fixes import offer, offered

TOKEN = Difference(
    path="containers:local/web#env.TOKEN", kind="changed", before=f"{DIGEST}00112233", after=f"{DIGEST}44556677"
)
IMAGE = Difference(path="containers:local/web#image", kind="changed", before="nginx:1.24", after="nginx:1.25")


def test_of_a_value_that_is_kept_nowhere_it_says_what_to_do_where_it_is_not_found() -> None:
    best = offered(offer("drift.recreate", "drift.difference:x/y"))

    told = sentence([best, best], TOKEN, lambda: "set it anew")

    assert told.startswith(f"{best.offer.title} [drift.recreate] (and 1 more); only a digest")
    assert told.endswith("by hand: set it anew")
    assert sentence([best], IMAGE, lambda: "set it anew") == f"{best.offer.title} [drift.recreate]"


@pytest.mark.parametrize(
    ("one", "found"),
    [
        pytest.param(TOKEN, True, id="another value"),
        pytest.param(IMAGE, False, id="what is kept"),
        pytest.param(Difference(path="a:b#c", kind="added", after=f"{DIGEST}00"), False, id="what is taken away"),
        pytest.param(
            Difference(path="a:b", kind="removed", facts={"env.A": f"{DIGEST}00"}), True, id="one of a whole thing"
        ),
        pytest.param(
            Difference(path="a:b#c", kind="changed", before=("x", f"A={DIGEST}00")), True, id="one within a list"
        ),
    ],
)
def test_which_values_must_be_found_elsewhere(one: Difference, found: bool) -> None:
    assert needs_found(one) is found
