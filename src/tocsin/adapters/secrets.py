"""Secrets, wherever a config says that they lie: the environment, a file, SSM Parameter Store, Secrets Manager.

AWS Systems Manager API Reference, "GetParameter"; AWS Secrets Manager API Reference, "GetSecretValue".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.adapters.aws import translated
from tocsin.core.channels import REFERENCE
from tocsin.errors import TocsinError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tocsin.adapters.aws import Clients

_LARGEST = 64 * 1024


def resolved(text: str, environ: Mapping[str, str], clients: Callable[[], Clients]) -> str:
    """A secret: what its reference leads to, or the text itself where it is none.

    Args:
        text: ``env:NAME``, ``file:PATH``, ``ssm:NAME``, ``secretsmanager:NAME`` or ``secretsmanager:NAME#KEY``.
        environ: the environment.
        clients: of the account that the credentials are of; made only where they are needed.

    Raises:
        UsageError: it leads nowhere; the message names the reference, and never what it holds.
    """
    found = REFERENCE.fullmatch(text)
    if not found:
        return text
    where, name = found.groups()
    read = {"env": lambda: _env(name, environ), "file": lambda: _file(name)}.get(where)
    value = (read() if read else _kept_by_aws(where, name, clients())).strip()
    if not value:
        raise UsageError(f"{text} is empty")
    return value


def _env(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise UsageError(f"env:{name}: the environment has no {name}", hint=f"export {name}=...")
    return environ[name]


def _file(name: str) -> str:
    try:
        with Path(name).expanduser().open(encoding="utf-8") as file:
            return file.read(_LARGEST)
    except (OSError, UnicodeDecodeError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else "not UTF-8"
        raise UsageError(f"file:{name}: {said}", hint="name a file that can be read, with the secret alone") from fault


def _kept_by_aws(where: str, name: str, clients: Clients) -> str:
    try:
        with translated():
            if where == "ssm":
                found = clients.client("ssm").get_parameter(Name=name, WithDecryption=True)
                return str(found["Parameter"]["Value"])
            secret, _, key = name.partition("#")
            text = str(clients.client("secretsmanager").get_secret_value(SecretId=secret).get("SecretString", ""))
    except TocsinError as fault:
        raise UsageError(f"{where}:{name}: {fault.message}", hint=fault.hint) from fault
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError) as fault:
        raise UsageError(f"{where}:{name}: the secret is no JSON object with {key}") from fault
