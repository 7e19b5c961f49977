"""Sessions of botocore that know nothing of the machine they run on.

A client of the embedded AWS is told all it needs: where, which Region, which key. Whatever the environment and
``~/.aws`` hold for the real AWS (a profile that is gone, a proxy, a bundle of certificates, an endpoint, a Region, SSO)
is neither read nor changed. botocore reads them by "configuration variables" (`botocore.configprovider`), so each is
pinned to botocore's own default; its files are pinned to one that is empty.
"""

from __future__ import annotations

import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as VARIABLES
from botocore.configprovider import ConfigChainFactory

_FILES = ("config_file", "credentials_file")
_SECTIONS = ("s3", "proxies_config")  # read variables of their own


def sealed_session() -> Any:  # noqa: ANN401 - a botocore session; botocore has no types
    """A session of botocore that reads neither environment nor file. Give its clients endpoint, Region and key."""
    session = botocore.session.Session()
    store = session.get_component("config_store")
    chains = ConfigChainFactory(session=session, environ={})
    for name, (_, _, default, _) in VARIABLES.items():
        value = os.devnull if name in _FILES else default
        store.set_config_provider(name, chains.create_config_chain(instance_name=name, default=value))
    for name in _SECTIONS:
        store.set_config_provider(name, chains.create_config_chain(default={}))
    session.set_default_client_config(Config(proxies={}, ignore_configured_endpoint_urls=True))
    return session
