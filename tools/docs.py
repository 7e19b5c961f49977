"""Write the generated parts of the documentation, or check that they are as the code says.

    python tools/docs.py           write
    python tools/docs.py --check   exit 1 if anything is stale

The generated parts stand between cog's marks in the Markdown files; what writes them is below.
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from cogapp import Cog

from tocsin import config
from tocsin.core.delivery.exchange import Message
from tocsin.core.delivery.telling import TRANSITIONS
from tocsin.core.match.rules import selected
from tocsin.core.notice.render import WIDTH
from tocsin.core.pattern.cloudtrail_event import API_CALL
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.links import LINKS
from tocsin.core.template.parameters import parameters
from tocsin.core.template.pipeline import LONGEST_TEMPLATE, MOST_RULES, MOST_WITH_WILDCARDS, compose
from tocsin.core.template.wire_words import transformer
from tocsin.core.transformer import RuleFacts, body
from tocsin.entry.cli import tocsin
from tocsin.flows.respond.intake import ingest
from tocsin.lint import KINDS
from tocsin.wiring.responder import responder_of, terminal_of

_EVENT = "608ff2-049b-45c7-8b95-85da75466d5a"
ROOT = Path(__file__).resolve().parent.parent


def commands() -> str:
    """The help of every command, as `--help` prints it."""
    parts = [_help([], tocsin)]
    for name, command in sorted(tocsin.loaded().items()):
        parts.append(_help([name], command))
        inner = command.commands if isinstance(command, click.Group) else {}
        parts += [_help([name, verb], inner[verb]) for verb in sorted(inner)]
    return "\n".join(parts)


def _help(path: list[str], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(["tocsin", *path]), terminal_width=80, max_content_width=80)
    title = f"`{' '.join(['tocsin', *path])}`"
    return f"## {title}\n\n```text\n{command.get_help(context)}\n```\n"


def rule_table() -> str:
    """The catalogue as a table a pack."""
    parts = []
    for pack in sorted({rule.pack for rule in config.catalogue()}, key=lambda pack: (pack not in DEFAULTS.packs, pack)):
        rules = [rule for rule in config.catalogue() if rule.pack == pack]
        parts += [
            f"### Pack `{pack}`",
            "",
            f"{len(rules)} rules, {'on' if pack in DEFAULTS.packs else 'off'} by default.",
        ]
        parts += [
            "",
            "| rule | role | severity | wire | what it rings for | ATT&CK | runbook |",
            "|---|---|---|---|---|---|---|",
        ]
        parts += [
            f"| `{rule.id}` | {rule.role} | {rule.severity!s} | {'yes' if rule.wire else ''} | {rule.title} "
            f"| {', '.join(rule.attack)} | [{rule.runbook}](../runbooks/{rule.runbook}.md) |"
            for rule in rules
        ]
        parts.append("")
    return "\n".join(parts).rstrip()


def template_table() -> str:
    """What the rules make of the template, against AWS's limits."""
    rows = ["| packs | event rules | of them wires | with wildcards | bytes of template |", "|---|---|---|---|---|"]
    every = replace(DEFAULTS, packs=frozenset(rule.pack for rule in config.catalogue()))
    for name, settings in (("default", DEFAULTS), ("all", every)):
        text = compose(config.frame(), selected(config.catalogue(), settings))
        blocks = text.split("Type: AWS::Events::Rule")[1:]
        wires = sum("Id: topic" in block for block in blocks)
        wild = sum('"wildcard"' in block for block in blocks)
        rows.append(f"| {name} | {len(blocks)} | {wires} | {wild} | {len(text.encode()):,} |")
    rows.append(f"| AWS's limit | {MOST_RULES} | | {MOST_WITH_WILDCARDS} | {LONGEST_TEMPLATE:,} |")
    return "\n".join(rows)


def runbook_rules(page: str) -> str:
    """The rules that lead to a runbook."""
    rows = ["| rule | rings when | rings for nothing when |", "|---|---|---|"]
    rows += [
        f"| `{rule.id}` | {rule.title} | {rule.false_positives} |"
        for rule in config.catalogue()
        if rule.runbook == page
    ]
    return "\n".join(rows)


def finding_table() -> str:
    """What `tocsin lint` finds, as a table."""
    rows = ["| id | severity | what is wrong |", "|---|---|---|"]
    rows += [f"| [{kind.id}](#{kind.id.lower()}) | {kind.severity} | {kind.title} |" for kind in KINDS.values()]
    return "\n".join(rows)


def doctor_findings() -> str:
    """What `tocsin doctor` finds: a table, and a section a code."""
    kinds = config.finding_kinds().values()
    lines = ["| code | severity | what is wrong |", "|---|---|---|"]
    lines += [f"| [{kind.code}](#{kind.code.lower()}) | {kind.severity} | {kind.title} |" for kind in kinds]
    for kind in kinds:
        lines += [
            "",
            f"## {kind.code}",
            "",
            f"**{kind.title[0].upper()}{kind.title[1:]}** ({kind.severity}): {kind.so}.",
        ]
        lines += ["", f"*Cause.* {kind.cause}", "", f"*Mend.* {kind.mend}"]
    return "\n".join(lines)


def parameter_table() -> str:
    """The template's parameters as a table."""
    rows = ["| parameter | default | must be | what for |", "|---|---|---|---|"]
    for parameter in parameters(config.frame()).values():
        must = parameter.constraint.removeprefix("must be ")
        rows.append(f"| `{parameter.name}` | `{parameter.default or '(empty)'}` | {must} | {parameter.description} |")
    return "\n".join(rows)


def link_table() -> str:
    """The joints of the pipeline as a table."""
    rows = ["| link | path | what it does | when it is broken |", "|---|---|---|---|"]
    rows += [f"| `{link.id}` | {link.path} | {link.says} | {link.broken} |" for link in LINKS]
    return "\n".join(rows)


def notice() -> str:
    """What a person hears when a user with a life is deleted: told by the code from the catalogue's own examples."""
    examples = {rule.id: json.loads(rule.examples[0].record) for rule in config.catalogue()}
    steps = ("iam-mfa-deactivated", "iam-access-key-deleted", "iam-user-left-group", "iam-user-deleted")
    written = io.StringIO()
    responder = responder_of(DEFAULTS, [terminal_of(written, WIDTH)])
    moment = datetime(2026, 11, 23, 21, 4, 9, tzinfo=UTC)
    for second, rule_id in enumerate(steps):
        record = {**examples[rule_id], "eventTime": f"2026-11-23T21:04:0{second + 2}Z", "eventID": f"0{second}{_EVENT}"}
        event = {
            "source": "aws.iam",
            "detail-type": API_CALL,
            "account": record["recipientAccountId"],
            "detail": record,
        }
        ingest(
            [Message(str(second), json.dumps(event).encode())],
            store=responder.store,
            rules=responder.rules,
            settings=DEFAULTS,
            now=lambda: moment,
            new_id=lambda: "inc-20261123-4be2f04d1a",
        )
    replace(responder.teller("terminal"), now=lambda: moment).tell()
    return f"```text\n{written.getvalue().rstrip()}\n```"


def mail() -> str:
    """What the plain wire brings for the same deletion: the template's own transformer over the same event."""
    rule = next(rule for rule in config.catalogue() if rule.id == "iam-user-deleted")
    record = json.loads(rule.examples[0].record) | {"eventID": f"03{_EVENT}"}
    paths, template = transformer(rule)
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    facts = RuleFacts("arn:aws:events:us-east-1:111122223333:rule/tocsin-wire-iam-user-deleted", "wire", "")
    return f"```text\n{body(target, {'account': record['recipientAccountId'], 'detail': record}, facts)}\n```"


def states() -> str:
    """The state machine of a telling as a Mermaid diagram."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> due"]
    for state, moves in TRANSITIONS.items():
        lines += [f"    {state} --> {after}: {move}" for move, after in moves.items()]
        lines += [] if moves else [f"    {state} --> [*]"]
    return "\n".join([*lines, "```"])


def part_table() -> str:
    """The parts of the embedded AWS as a table."""
    from embedded_aws.door.parts import PARTS  # noqa: PLC0415 - loads moto; no other page needs it

    rows = ["| part | whose | what it does, and what it does not show | source |", "|---|---|---|---|"]
    rows += [f"| {part.name} | {'ours' if part.ours else 'moto'} | {part.note} | {part.source} |" for part in PARTS]
    return "\n".join(rows)


def main() -> int:
    """Write or check every page with generated parts."""
    pages = [
        str(path)
        for path in sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
        if "[[[cog" in path.read_text("utf-8")
    ]
    how = ["--check"] if "--check" in sys.argv else ["-r"]
    return int(Cog().main(["cog", *how, "-I", str(ROOT / "tools"), *pages]) or 0)


if __name__ == "__main__":
    sys.exit(main())
