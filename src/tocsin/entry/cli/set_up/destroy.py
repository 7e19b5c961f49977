"""``tocsin destroy``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

# How what stays is taken away by hand, by its type.
_REMOVE = {
    "AWS::S3::Bucket": "delete every version of what is in it, then: aws s3 rb s3://{}",
    "AWS::SQS::Queue": "aws sqs delete-queue --queue-url {}",
    "AWS::KMS::Key": "aws kms schedule-key-deletion --key-id {}",
}


@click.command
@click.option("--name", default="", metavar="STACK", help="With --yes: the stack's name, so that no other is meant.")
@account.yes
@account.region
@account.profile
@config_file
@as_json
def destroy(name: str, region: str, profile: str, config_path: Path | None, *, yes: bool, as_json: bool) -> int:
    """Take the pipeline out of your account. The bucket with the log files stays.

    Says what goes and what stays, and asks for the stack's name. For example: tocsin destroy --yes --name tocsin
    """
    chosen = settings(config_path)
    if yes and name != chosen.name:
        raise UsageError(f"--yes needs --name {chosen.name}", hint="so that no other stack is meant")
    deployer = account.deployer(chosen, region, profile)
    standing = deployer.own()
    if standing is None:
        click.echo(f"there is no stack {chosen.name} in {deployer.target}: nothing is to be done", err=True)
        return 0
    goes, stays = deployer.parting(standing)
    if not as_json:
        click.echo(f"{deployer.target}, stack {standing.name}: {len(goes)} resources go, and the alarm with them")
        for logical_id, _, physical_id in stays:
            click.echo(f"  stays: {logical_id} {physical_id}")
    account.ask("\nDelete it?", standing.name, yes=yes)
    deployer.destroy(standing, lambda line: click.echo(f"  {line}", err=True))
    if as_json:
        left = [{"resource": logical_id, "type": kind, "physical_id": found} for logical_id, kind, found in stays]
        click.echo(json.dumps({"kind": "destroyed", "stack": standing.name, "kept": left}, separators=(",", ":")))
        return 0
    click.echo(f"\nstack {standing.name} is gone")
    for _, kind, physical_id in stays:
        click.echo(f"  {physical_id} stays. To remove it:\n    {_REMOVE[kind].format(physical_id)}")
    return 0
