"""``tocsin rules import``."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.errors import UsageError


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the rule files go, for example --to rules. Default: `rules_folder` of the config.",
)
@click.option("--overwrite", is_flag=True, help="Write over rule files that were edited since they were made.")
@config_file
@as_json
def import_(
    files: tuple[Path, ...], folder: Path | None, config_path: Path | None, *, overwrite: bool, as_json: bool
) -> int:
    """Turn Sigma rules for CloudTrail into rule files, where that can be done exactly.

    FILES are Sigma's YAML. For example: tocsin rules import --to rules aws_delete_identity.yml

    A rule file that you have edited is kept as it is. Exit 1 if one could not be taken over; it is said why, and no
    rule that is only almost the same is made.
    """
    from tocsin import config, wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.adapters.files import sigma  # noqa: PLC0415 - as above
    from tocsin.core.text import inert  # noqa: PLC0415 - as above
    from tocsin.flows.adopt import adopt, is_edited, source_of  # noqa: PLC0415 - as above
    from tocsin.lint import Names  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    into = folder or (Path(chosen.rules_folder) if chosen.rules_folder else None)
    if into is None:
        raise UsageError("nowhere to put the rules", hint="give --to DIR, or set `rules_folder` in tocsin.toml")
    into.mkdir(parents=True, exist_ok=True)
    there = {path.stem: path.read_bytes().decode("utf-8", "replace") for path in into.glob("*.toml")}
    taken = {rule.id: "" for rule in config.catalogue()} | {name: source_of(text) for name, text in there.items()}
    refused = 0
    spelling = sigma.Spelling(Names.of(config.event_names(), config.request_fields()))
    read = partial(sigma.read, spelling=spelling)
    for file in files:
        text = file.read_bytes().decode("utf-8-sig", "replace")
        done = adopt(file.name, text, read, taken, wiring.now())
        rule, reason = done.rule, done.reason
        if rule and is_edited(there.get(rule, done.text)) and not overwrite:
            rule, reason = "", f"{done.rule}.toml was edited since it was made; --overwrite gives the edit up"
        if rule:
            taken[rule], there[rule] = source_of(done.text), done.text
            (into / f"{rule}.toml").write_bytes(done.text.encode("utf-8", "surrogatepass"))
        refused += not rule
        if as_json:
            click.echo(json.dumps({"file": str(file), "rule": rule, "reason": reason}, separators=(",", ":")))
        else:
            click.echo(f"{inert(str(file))}: {rule or f'not taken over: {reason}'}")
    click.echo(f"{len(files) - refused} of {len(files)} rules taken over into {into}", err=True)
    return 1 if refused else 0
