"""``tocsin rules import``."""

from __future__ import annotations

import json
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
@config_file
@as_json
def import_(files: tuple[Path, ...], folder: Path | None, config_path: Path | None, *, as_json: bool) -> int:
    """Turn Sigma rules for CloudTrail into rule files, where that can be done exactly.

    FILES are Sigma's YAML. For example: tocsin rules import --to rules aws_delete_identity.yml

    Exit 1 if one could not be taken over; it is said why, and no rule that is only almost the same is made.
    """
    from tocsin import config, wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.adapters import sigma  # noqa: PLC0415 - as above
    from tocsin.flows.adopt import adopt  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    into = folder or (Path(chosen.rules_folder) if chosen.rules_folder else None)
    if into is None:
        raise UsageError("nowhere to put the rules", hint="give --to DIR, or set `rules_folder` in tocsin.toml")
    into.mkdir(parents=True, exist_ok=True)
    # What was taken over before is written anew; what a person wrote is not.
    own = {path.stem for path in into.glob("*.toml") if not path.read_text("utf-8").startswith("# From Sigma rule ")}
    taken = own | {rule.id for rule in config.catalogue()}
    refused = 0
    for file in files:
        done = adopt(file.name, file.read_bytes().decode("utf-8", "replace"), sigma.read, taken, wiring.now())
        refused += not done.rule
        if done.rule:
            taken.add(done.rule)
            (into / f"{done.rule}.toml").write_text(done.text, "utf-8")
        if as_json:
            data = {"file": str(file), "rule": done.rule, "reason": done.reason}
            click.echo(json.dumps(data, separators=(",", ":")))
        else:
            click.echo(f"{file}: {done.rule or f'not taken over: {done.reason}'}")
    click.echo(f"{len(files) - refused} of {len(files)} rules taken over into {into}", err=True)
    return 1 if refused else 0
