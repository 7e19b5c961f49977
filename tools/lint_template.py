"""Compose the template as it is deployed, and run cfn-lint on it."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from tocsin import config
from tocsin.core.match.rules import selected
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.pipeline import compose
from tocsin.core.template.subscribers import subscribers_of

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "pipeline.yaml"
    found = []
    for durable in (True, False):
        rules = selected(config.catalogue(), DEFAULTS)
        somebody = subscribers_of(replace(DEFAULTS, subscribers=("ops@example.com",)))
        path.write_text(compose(config.frame(), rules, durable=durable, subscribers=somebody), encoding="utf-8")
        found += Runner(ConfigMixIn([], templates=[str(path)], regions=["us-east-1", "cn-north-1"])).run()
for match in found:
    print(f"pipeline.yaml (composed):{match.linenumber}: {match.rule.id} {match.message}")
print(f"cfn-lint: {len(found)} findings in the composed template")
sys.exit(1 if found else 0)
