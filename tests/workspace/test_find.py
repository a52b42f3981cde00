"""Workspaces are found from the folders within, and told apart from what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stranglerfig.core.application import Kind
from stranglerfig.errors import Conflict, NotFound, UsageError
from stranglerfig.workspace.find import (
    check_workload_name,
    find_workspace,
    remove_workspace,
    require_names,
    workload_file,
    write_workspace,
)
from tests.workspace.builders import write_files

LBWS = "name: posts\ntype: Load Balanced Web Service\n"


def test_a_workspace_lists_what_it_holds_sorted_by_name(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "copilot/.workspace": "application: forum\n",
            "copilot/users/manifest.yml": "type: 'Backend Service' # behind\n",
            "copilot/posts/manifest.yml": LBWS,
            "copilot/shop/manifest.yml": "name: shop\ntype: strangler proxy\n",
            "copilot/odd/manifest.yml": "type: [broken",
            "copilot/notes/readme.md": "no workload",
            "copilot/environments/manifest.yml": "name: stray\n",
            "copilot/environments/test/manifest.yml": "name: test\n",
            "copilot/pipelines/release/manifest.yml": "name: release\n",
        },
    )

    found = find_workspace(tmp_path)

    assert (found.app, found.root) == ("forum", str(tmp_path))
    assert [(file.name, file.kind) for file in found.workloads] == [
        ("odd", None),
        ("posts", Kind.LOAD_BALANCED),
        ("users", Kind.BACKEND),
    ]
    assert [file.name for file in found.proxies] == ["shop"]
    with pytest.raises(UsageError, match="shop is a proxy, neither service nor job"):
        workload_file(found, "shop")
    assert [file.name for file in found.environments] == ["test"]
    assert [file.name for file in found.pipelines] == ["release"]
    assert workload_file(found, "posts").path == str(tmp_path / "copilot/posts/manifest.yml")


@pytest.mark.parametrize(("depth", "is_found"), [(0, True), (4, True), (5, False)])
def test_it_is_looked_for_in_five_folders(tmp_path: Path, depth: int, is_found: bool) -> None:
    root = tmp_path / "root"
    write_files(root, {"copilot/.workspace": "application: forum\n"})
    start = root.joinpath(*"abcdefgh"[:depth])
    start.mkdir(parents=True, exist_ok=True)

    if is_found:
        assert find_workspace(start).root == str(root)
    else:
        with pytest.raises(NotFound) as caught:
            find_workspace(start)
        assert "fig app init" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["", "app: forum\n", "application:\n", "application: My App\n", "application: a--b\n"])
def test_a_workspace_without_a_usable_application_is_refused(tmp_path: Path, text: str) -> None:
    write_files(tmp_path, {"copilot/.workspace": text})

    with pytest.raises(UsageError):
        find_workspace(tmp_path)


def test_a_copilot_folder_without_a_summary_wants_app_init(tmp_path: Path) -> None:
    (tmp_path / "copilot").mkdir()

    with pytest.raises(UsageError) as caught:
        find_workspace(tmp_path)
    assert "fig app init" in (caught.value.hint or "")


def test_a_folder_whose_name_cannot_be_deployed_is_in_nobodys_way_but_where_all_or_it_is_meant(tmp_path: Path) -> None:
    write_files(tmp_path, {"copilot/.workspace": "application: forum\n", "copilot/My_API/manifest.yml": LBWS})

    found = find_workspace(tmp_path)

    assert (found.workloads, [file.name for file in found.misnamed]) == ((), ["My_API"])
    with pytest.raises(UsageError, match="My_API"):
        require_names(found)
    with pytest.raises(UsageError, match="My_API: the name 'My_API' cannot be used"):
        workload_file(found, "My_API")


@pytest.mark.parametrize("name", ["pipelines", "environments", "a", "1st", "a_b", "a-", "a--b", "Posts", "x" * 64, ""])
def test_reserved_and_bad_names_of_workloads_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_workload_name(name)


def test_beginning_a_workspace_twice_is_fine_and_for_another_application_is_not(tmp_path: Path) -> None:
    first = write_workspace(tmp_path, "forum")

    assert first.read_text() == "application: forum\n"
    assert write_workspace(tmp_path, "forum") == first
    with pytest.raises(Conflict):
        write_workspace(tmp_path, "shop")


def test_forgetting_the_application_leaves_manifests(tmp_path: Path) -> None:
    write_workspace(tmp_path, "forum")
    write_files(tmp_path, {"copilot/posts/manifest.yml": LBWS})

    remove_workspace(tmp_path)

    assert [path.name for path in (tmp_path / "copilot").iterdir()] == ["posts"]


def test_a_workload_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    write_workspace(tmp_path, "forum")
    write_files(tmp_path, {"copilot/posts/manifest.yml": LBWS})

    with pytest.raises(NotFound, match="known: posts"):
        workload_file(find_workspace(tmp_path), "post")
