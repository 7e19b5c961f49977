"""``tocsin lint``."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tocsin.entry.cli.inputs import STANDARD_INPUT, read_input, shown
from tocsin.entry.cli.options import as_json, columns
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tocsin.lint import Finding, Report

# CloudFormation takes templates of at most 1 MB; nothing that is linted here is longer than this.
_LARGEST = 10_000_000
_HINT = "lint reads patterns and rules (JSON), CloudFormation, Terraform, terragrunt and serverless.yml"
# What rules stand in, and folders of what others have made.
_ENDINGS = (".json", ".yaml", ".yml", ".tf", ".hcl", ".tofu")
_SKIPPED = frozenset({"node_modules", "venv", "__pycache__", "vendor"})
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")


@click.command
@click.argument("files", nargs=-1, required=True, metavar="FILE|-...")
@click.option("--region", default="", metavar="REGION", help="Where the rules are deployed, for example us-east-1.")
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="ID",
    help="Leave a finding out, for example --ignore TL301. Repeatable.",
)
@click.option(
    "--level",
    type=click.Choice(["error", "warning"]),
    default="warning",
    show_default=True,
    help="What ends with 1: errors alone, or warnings too.",
)
@click.option("--strict", is_flag=True, help="End with 2 where something looks like a rule and was not read.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How findings are written: for a person, for code scanning, as annotations of GitHub Actions.",
)
@as_json
def lint(
    files: tuple[str, ...],
    region: str,
    ignored: tuple[str, ...],
    level: str,
    form: str,
    *,
    strict: bool,
    as_json: bool,
) -> int:
    """Find event rules that AWS refuses, or that can never ring.

    FILE is an event pattern (JSON), a rule as `aws events describe-rule`, `put-rule` or `list-rules` has it, a
    CloudFormation template (YAML or JSON, of the CDK too), a Terraform or terragrunt file, a serverless.yml, or a
    folder of such; - reads standard input. YAML and HCL need the extra `lint`. For example: tocsin lint --region
    us-east-1 template.yaml rules.tf

    Every finding is explained in docs/reference/lint.md. Exit 1 if there are any; 2 where standard input has no rule.
    """
    from tocsin.lint import KINDS  # noqa: PLC0415 - lazy: --help must not load it

    if region and not _REGION.fullmatch(region):
        raise UsageError(f"--region: no Region {region!r}", hint="one looks like us-east-1")
    unknown = [one for one in ignored if one not in KINDS]
    if unknown:
        raise UsageError(f"--ignore: there is no finding {unknown[0]!r}", hint=f"there are: {', '.join(KINDS)}")
    reports = _reports(files, region)
    findings = [finding for report in reports for finding in report.findings if finding.id not in ignored]
    if as_json:
        for finding in findings:
            click.echo(json.dumps(_data(finding), separators=(",", ":")))
    else:
        _tell(findings, form)
    click.echo(_sum(reports, findings), err=True)
    unread = [report.file for report in reports if report.unread]
    for file in unread:
        click.echo(f"{shown(file or '-')}: something looks like an event rule, and none was read", err=True)
    if strict and unread:
        return UsageError.exit_code
    return 1 if any(level in ("warning", finding.severity) for finding in findings) else 0


def _tell(findings: list[Finding], form: str) -> None:
    from tocsin.entry.cli.lint_formats import github, sarif  # noqa: PLC0415 - lazy: --help must not load it

    if form == "sarif":
        click.echo(sarif(findings))
        return
    for finding in findings:
        click.echo(github(finding) if form == "github" else _words(finding))


def _late(name: str) -> Callable[..., Any]:
    """A reader of files, which is loaded with the first file that it is for."""
    module, _, function = name.partition(".")

    def read(*given: Any) -> Any:  # noqa: ANN401 - whatever that reader takes and gives
        return getattr(import_module(f"tocsin.adapters.files.{module}"), function)(*given)

    return read


def _reports(files: Iterable[str], region: str) -> list[Report]:
    """What each file has, or one error with the faults of all of them."""
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.text import inert  # noqa: PLC0415 - as above
    from tocsin.lint import Names, Readers, Report, Unreadable, looks_like_a_rule  # noqa: PLC0415 - as above
    from tocsin.lint import lint as run  # noqa: PLC0415 - as above

    names = Names.of(config.event_names(), config.request_fields())
    readers = Readers(_late("yamls.read_yaml"), _late("hcl.read_hcl"), _late("hcl.read_template"), _beside)
    reports, faults, hints = [], [], []
    for file, walked in dict.fromkeys(_expanded(files)):
        try:
            text = _read(file)
            # Of a folder only what looks like a rule is judged: not every JSON file is a pattern.
            if not walked or looks_like_a_rule(text):
                reports.append(run("" if file == "-" else file, text, names, readers, region))
        except Unreadable as fault:
            if walked:
                reports.append(Report(file, 0, (), unread="an event" not in fault.reason))
                continue
            faults.append(f"`{shown(file)}`{f', line {fault.line}' if fault.line else ''}: {inert(fault.reason)}")
        except UsageError as fault:
            faults.append(f"`{shown(file)}`: {inert(fault.message)}")
            hints.append(fault.hint)
    # A pipe that broke must not be green in CI. A named file may well have no rule: hooks name them all.
    if any(not report.file and not report.rules for report in reports):
        faults.append(f"`{STANDARD_INPUT}`: no event rule in it")
    if faults:
        raise UsageError("\n".join(faults), hint=next(filter(None, hints), _HINT))
    return reports


def _expanded(files: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Every file that is named, and those of every folder that is; with whether it was found in one."""
    for file in files:
        folder = Path(file)
        if file == "-" or not folder.is_dir():
            yield file, False
            continue
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            hidden = any(part.startswith(".") or part in _SKIPPED for part in inside[:-1])
            if path.name.endswith(_ENDINGS) and not hidden and path.is_file():
                yield str(path), True


def _beside(file: str, path: str) -> str | None:
    """The text of a file that lies beside another, or below its folder; None where there is none."""
    folder = Path(file).parent.resolve()
    found = (folder / path).resolve()
    if not file or not found.is_relative_to(folder) or not found.is_file() or found.stat().st_size > _LARGEST:
        return None
    return found.read_text("utf-8", "replace")


def _read(file: str) -> str:
    try:
        return read_input(file, _LARGEST, "no template of AWS's is as large").decode("utf-8-sig")
    except UnicodeError as fault:
        raise UsageError("not UTF-8") from fault


def _words(finding: Finding) -> str:
    from tocsin.core.text import inert  # noqa: PLC0415 - as above
    from tocsin.lint import KINDS  # noqa: PLC0415 - lazy: --help must not load it

    where = ":".join([inert(finding.file) or "-", *([str(finding.line)] if finding.line else [])])
    lines = [f"{where}: {finding.severity} {finding.id}: {KINDS[finding.id].title}"]
    place = ", at ".join(filter(None, [inert(finding.rule), inert(finding.place)]))
    details = (("in", place), ("why", inert(finding.reason, 600)), ("mend", inert(finding.mend, 600)))
    for label, text in details:
        if text:
            lines += textwrap.wrap(
                f"{label:<5} {text}", columns() - 2, subsequent_indent=" " * 6, break_on_hyphens=False
            )
    return "\n  ".join(lines)


def _data(finding: Finding) -> dict[str, object]:
    from tocsin.core.text import inert  # noqa: PLC0415 - as above
    from tocsin.lint import KINDS  # noqa: PLC0415 - lazy: --help must not load it

    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "title": KINDS[finding.id].title,
        "file": inert(finding.file) or "-",
        "line": finding.line or None,
        "rule": inert(finding.rule),
        "place": inert(finding.place),
        "reason": inert(finding.reason, 600),
        "mend": inert(finding.mend, 600),
    }


def _sum(reports: list[Report], findings: list[Finding]) -> str:
    from tocsin.core.text import inert, join  # noqa: PLC0415 - lazy: --help must not load it

    rules, held = sum(report.rules for report in reports), sum(report.rules > 0 for report in reports)
    counts = Counter(finding.severity.value for finding in findings)
    found = join([_count(number, severity) for severity, number in sorted(counts.items())]) or "nothing found"
    without = [inert(report.file) or STANDARD_INPUT for report in reports if not report.rules]
    none = f"; no event rule in {join(without, most=3)}" if without else ""
    return f"{_count(rules, 'rule')} in {_count(held, 'file')}: {found}{none}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
