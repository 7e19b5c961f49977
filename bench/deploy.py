"""Deploying as its user types it, whole processes against an embedded AWS in another process.

The alternative in the same run: the exported template, deployed by the same CloudFormation calls with boto3 and nothing
else, which neither plans in words nor looks at a link afterwards.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from served import served

RAW = """
import boto3, sys
cloud = boto3.client("cloudformation")
body = sys.stdin.read()
made = cloud.create_change_set(StackName=sys.argv[1], ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=body)
cloud.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig={"Delay": 1})
cloud.execute_change_set(ChangeSetName=made["Id"])
cloud.get_waiter("stack_create_complete").wait(StackName=sys.argv[1], WaiterConfig={"Delay": 1})
"""
VERBS = (
    ("plan", ("plan",)),
    ("apply, the first", ("apply", "--yes")),
    ("apply, nothing to do", ("apply", "--yes")),
    ("status", ("status",)),
    ("destroy", ("destroy", "--yes", "--name", "tocsin")),
)


def main() -> None:
    """Measure and print."""
    with served() as environ:
        for durable in (False, True):
            _measure(environ, durable=durable)


def _measure(environ: dict[str, str], *, durable: bool) -> None:
    print(f"durable = {str(durable).lower()}")
    with tempfile.TemporaryDirectory() as folder:
        config = f'durable = {str(durable).lower()}\nsubscribers = ["ops@example.com"]\n'
        (Path(folder) / "tocsin.toml").write_text(config, encoding="utf-8")

        def run(*arguments: str, given: str | None = None) -> tuple[float, str]:
            started = time.perf_counter()
            command, more = [sys.executable, *arguments], {"cwd": folder, "env": environ, "input": given}
            done = subprocess.run(command, **more, capture_output=True, text=True, check=arguments[0] == "-c")  # noqa: S603 - our own
            return time.perf_counter() - started, done.stdout

        template = run("-m", "tocsin", "export", "cloudformation", "--config", "tocsin.toml")[1]
        name = f"raw-{len(template)}"
        raw, _ = run("-c", RAW, name, given=template.replace('Default: "tocsin"', f'Default: "{name}"'))
        print(f"  {'boto3 alone, the first':<28} {raw:>6.2f} s")
        for name, arguments in VERBS:
            seconds, _ = run("-m", "tocsin", *arguments)
            print(f"  {'tocsin ' + name:<28} {seconds:>6.2f} s   {seconds / raw:>5.2f} of boto3 alone")


if __name__ == "__main__":
    main()
