"""What the documentation says is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from places import ROOT
from tocsin.config import catalogue
from tocsin.entry.cli import tocsin
from tocsin.errors import CredentialsError, TocsinError, Unreachable, UsageError

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A page must not know on whose machine it was written.
FOREIGN = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp)/", re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path):
    gone = [
        target
        for target, _ in LINK.findall(page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_knows_the_machine_it_was_written_on(page: Path):
    assert FOREIGN.findall(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_tocsin_command_that_a_page_shows_exists(page: Path):
    for language, block in BLOCK.findall(page.read_text("utf-8")):
        if language != "sh":
            continue
        for line in block.splitlines():
            words = shlex.split(line.partition(" > ")[0], comments=True)
            if words and Path(words[0]).name == "tocsin":
                command = tocsin.get_command(click.Context(tocsin), words[1])
                assert command is not None, line
                command.make_context(words[1], words[2:]).close()


@pytest.mark.parametrize("file", sorted((ROOT / "examples" / "drill").iterdir()), ids=lambda file: file.name)
def test_what_drills_by_the_clock_types_commands_that_exist_and_asks_nobody(file: Path):
    typed = re.findall(r"(?:=|\s)tocsin (drill( .+))$", file.read_text("utf-8"), re.MULTILINE)
    assert typed or file.suffix == ".timer"
    for _, options in typed:
        words = shlex.split(options)
        tocsin.get_command(click.Context(tocsin), "drill").make_context("drill", [*words]).close()
        assert "--clean" in words or {"--yes", "--no-confirm", "--quiet"} <= set(words)


def test_the_record_that_the_readme_explains_is_there_and_rings():
    words = shlex.split(
        re.search(r"^\.venv/bin/tocsin (explain .+)$", (ROOT / "README.md").read_text(), re.MULTILINE)[1]
    )
    done = CliRunner().invoke(tocsin, [words[0], str(ROOT / words[1])], standalone_mode=False)
    assert (done.return_value, "IAM user bob was deleted by carol" in done.output) == (0, True)


def test_what_stands_above_the_generated_part_of_the_commands_page_is_so():
    page = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    head, _, rest = page.partition("<!-- [[[cog")
    assert rest.rstrip().endswith("<!-- [[[end]]] -->")
    codes = dict(re.findall(r"^\| (\d) \| (.+) \|$", head, re.MULTILINE))
    raised = {str(kind.exit_code) for kind in (TocsinError, UsageError, CredentialsError, Unreachable)}
    assert set(codes) == {"0", *raised}
    groups = [one for one in tocsin.loaded().values() if isinstance(one, click.Group)]
    leaves = [one for one in tocsin.loaded().values() if one not in groups]
    leaves += [inner for group in groups for inner in group.commands.values()]
    assert [one.name for one in leaves if "--json" not in {name for param in one.params for name in param.opts}] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_a_page_shows_exists(page: Path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = set(re.findall(r"`?make ([a-z]+)`", page.read_text("utf-8")))
    for language, block in BLOCK.findall(page.read_text("utf-8")):
        if language == "sh":
            shown |= set(re.findall(r"^make ([a-z]+)$", block, re.MULTILINE))
    assert shown <= targets


def test_every_command_is_documented_and_has_help():
    page = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    every = tocsin.loaded()
    for name, command in tocsin.loaded().items():
        if isinstance(command, click.Group):
            every |= {f"{name} {verb}": inner for verb, inner in command.commands.items()}
    for name, command in every.items():
        assert command.help, name
        assert f"## `tocsin {name}`" in page, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name}"


def test_every_rule_is_in_the_reference():
    page = (ROOT / "docs/reference/rules.md").read_text("utf-8")
    assert [rule.id for rule in catalogue() if f"`{rule.id}`" not in page] == []


def test_every_decision_is_listed_and_numbered_without_a_gap():
    pages = sorted(path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    listed = re.findall(r"\((\d{4}-[^)]+)\)", (ROOT / "docs/decisions/README.md").read_text("utf-8"))
    assert listed == pages
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))


def test_the_changelog_names_the_version_or_what_is_unreleased():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## (Unreleased|\[?\d+\.\d+\.\d+\]?)", text, re.MULTILINE)
