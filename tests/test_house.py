"""The house stays one in which a reader finds the way: short modules, small rooms, and each says what it is for."""

from __future__ import annotations

import ast

import pytest

from places import ROOT

SOURCE = ROOT / "src"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "__pycache__" not in path.parts)
FOLDERS = sorted({path.parent for path in MODULES})
LONGEST = 330
MOST = 16

pytestmark = pytest.mark.skipif(not MODULES, reason="the sources are out of the way: the built wheel is tested")


def name(path):
    return str(path.relative_to(SOURCE))


def test_no_module_is_longer_than_one_reads_at_a_sitting():
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_no_folder_has_more_modules_than_one_takes_in_at_a_glance():
    counts = {name(folder): sum(path.parent == folder for path in MODULES) for folder in FOLDERS}
    assert {folder: count for folder, count in counts.items() if count > MOST} == {}


def test_every_module_says_what_it_is_for():
    assert [name(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_every_folder_of_modules_is_a_package_that_says_what_it_holds():
    assert [name(folder) for folder in FOLDERS if folder != SOURCE and not (folder / "__init__.py").exists()] == []
