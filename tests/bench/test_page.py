"""The page of figures is published: it says nothing of where it was made."""

from __future__ import annotations

from bench.report import Setting, render
from bench.values import Results

PLACES = {"/home/ann": "~", "/home/ann/src/fig": "."}


def page(why: str) -> str:
    results = Results()
    results.skipped["scale"] = why
    return render(results, Setting("a machine", "today", 1, 1.0, 0.0, labels={}, places=PLACES))


def test_folders_of_the_machine_are_not_named_in_reasons() -> None:
    text = page("[/home/ann/src/fig/.venv/bin/haproxy] cannot read /home/ann/x")

    assert "- scale: [./.venv/bin/haproxy] cannot read ~/x" in text


def test_a_folder_that_only_begins_alike_stays() -> None:
    assert "- scale: /home/anna and /srv/home/ann/x" in page("/home/anna and /srv/home/ann/x")
