"""What a deploy of several services says when some of them fail."""

from __future__ import annotations

from stranglerfig.cli.deploying.report import together
from stranglerfig.errors import DeployFailed, NotFound, UsageError


def test_each_of_several_errors_keeps_its_own_mend() -> None:
    found = together(
        [
            ("web", NotFound("there is no web/Dockerfile", hint="Name the right file.")),
            ("users", UsageError("there are no files to serve", hint="Name some.")),
        ],
        ["late"],
    )

    assert isinstance(found, DeployFailed)
    assert (found.message, found.hint) == ("users: there are no files to serve\nnot begun: late", "Name some.")
    assert [(type(one), one.message, one.hint) for one in found.others] == [
        (NotFound, "there is no web/Dockerfile", "Name the right file.")
    ]


def test_one_error_stays_of_its_kind() -> None:
    found = together([("web", NotFound("there is no Dockerfile", hint="Write it."))], [])

    assert isinstance(found, NotFound)
    assert (found.message, found.hint, found.others) == ("web: there is no Dockerfile", "Write it.", ())
