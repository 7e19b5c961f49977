"""The rehearsal neither reads nor changes anything of the machine's own AWS configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from sampled import first_alone

pytestmark = pytest.mark.rehearsal

NOWHERE = "http://127.0.0.1:9"  # the discard port: whoever follows this is refused at once
WRONG = "neither INI [nor\nanything else"
SSO = """
[default]
region = eu-north-1
sso_session = work
sso_account_id = 111122223333
sso_role_name = Nobody
endpoint_url = http://127.0.0.1:9
ca_bundle = /nowhere.pem
services = elsewhere
[sso-session work]
sso_region = eu-north-1
sso_start_url = https://example.awsapps.com/start
[services elsewhere]
iam =
  endpoint_url = http://127.0.0.1:9
"""

# Plays the story, and tells on standard error every file that is opened below the home of the user.
PLAY = """
import os, sys
HOME = os.environ["HOME"]
def heard(event, arguments):
    if event == "open" and str(arguments[0]).startswith(HOME):
        sys.stderr.write(f"OPENED {arguments[0]}\\n")
sys.addaudithook(heard)
from tocsin.entry.cli import main
main()
"""


def play(home, *arguments, **environ):
    """Play the rehearsal with this home and these variables."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return subprocess.run(
        [sys.executable, "-c", PLAY, "rehearse", "--json", *arguments],
        env={**plain, "HOME": str(home), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def settings(home, text):
    """A home whose AWS configuration holds a text."""
    folder = home / ".aws"
    folder.mkdir(parents=True)
    for name in ("config", "credentials"):
        folder.joinpath(name).write_text(text)
    return folder


def everything(folder):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


ELSEWHERE = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), NOWHERE),
    "no_proxy": "",
    "NO_PROXY": "",
    "AWS_PROFILE": "gone",
    "AWS_DEFAULT_PROFILE": "gone",
    "AWS_CONFIG_FILE": "{home}/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "{home}/.aws/credentials",
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_ENDPOINT_URL_IAM": NOWHERE,
    "AWS_CA_BUNDLE": "/nowhere.pem",
    "REQUESTS_CA_BUNDLE": "/nowhere.pem",
    "AWS_REGION": "mars-north-1",
    "AWS_DEFAULT_REGION": "mars-north-1",
    "AWS_ACCESS_KEY_ID": "AKIANOBODYS",
    "AWS_SECRET_ACCESS_KEY": "nobody's",
    "AWS_SESSION_TOKEN": "stale",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/nobody",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/.aws/token",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_RETRY_MODE": "never",
    "AWS_DEFAULTS_MODE": "odd",
    "AWS_DATA_PATH": "{home}/.aws",
    "AWS_SDK_UA_APP_ID": "elsewhere",
}

# One wrong thing can hide another: a folder of data, once it is found, keeps a profile that is gone from being missed.
WORLDS = {
    "everything wrong and a broken file": (WRONG, ELSEWHERE),
    "everything wrong and settings for SSO": (SSO, ELSEWHERE),
    "a profile that is gone": ("", {"AWS_PROFILE": "gone"}),
    "a broken file": (WRONG, {}),
    "a proxy": ("", {name: value for name, value in ELSEWHERE.items() if "proxy" in name.lower()}),
}


@pytest.mark.parametrize("world", first_alone(WORLDS))
def test_it_runs_the_same_whatever_the_machine_holds_for_the_real_aws(tmp_path, world):
    text, elsewhere = WORLDS[world]
    settings(tmp_path, text)
    before = everything(tmp_path)
    # Where everything is wrong the whole story is played, once; else its first act.
    acts = () if (text, elsewhere) == (WRONG, ELSEWHERE) else ("--act", "bell")
    done = play(tmp_path, *acts, **{name: value.replace("{home}", str(tmp_path)) for name, value in elsewhere.items()})
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("OPENED")] == []
    assert json.loads(done.stdout.splitlines()[-1]) == {"kind": "end", "arrived": True}
    assert everything(tmp_path) == before
