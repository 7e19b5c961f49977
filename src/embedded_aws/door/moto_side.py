"""The part of the embedded AWS that is moto's: its application, configured, reset, and mended."""

from __future__ import annotations

import logging
from typing import Any, Final

import moto.core.utils as moto_utils
import moto.iam.models as iam_models
from moto import backends
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import FakeBucket
from moto.sqs.models import Queue

from embedded_aws.calls.http import Environ, HttpResponse, call_app
from embedded_aws.calls.principals import Credentials
from embedded_aws.calls.sealed import sealed_session
from embedded_aws.iam.policy import Effect, Request, judge

# "IAM identifiers", unique ID prefixes (IAM User Guide). Moto gives users and groups ids without a prefix.
_PREFIXES: Final = {iam_models.User: "AIDA", iam_models.Group: "AGPA"}
_UNIQUE_ID_LENGTH: Final = 21


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto's types are not read
    """A request handler that writes no line for every request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's own signature
        """Say only what went wrong."""
        if type == "error":
            logging.getLogger(__name__).error(message, *args)


class Moto:
    """Moto's server application for one account."""

    def __init__(self, account_id: str) -> None:
        _configure()
        _mend_unique_ids()
        _keep_messages()
        _read_bucket_conditions()
        _read_regions()
        reset()
        self._account_id = account_id
        self._app = DomainDispatcherApplication(create_backend_app)

    def answer(self, environ: Environ) -> HttpResponse:
        """Let moto answer a request, for our account whatever key the request is signed with."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account_id
        return call_app(self._app, environ)

    def iam(self, partition: str) -> Any:  # noqa: ANN401 - moto's
        """Return moto's IAM state."""
        return iam_models.iam_backends[self._account_id][partition]

    def create_administrator(self, partition: str, region: str, name: str) -> Credentials:
        """Create the first IAM user, as the owner of a new account would, without a record of it."""
        iam = self.iam(partition)
        iam.create_user(region, name, "/", [])
        iam.attach_user_policy(f"arn:{partition}:iam::aws:policy/AdministratorAccess", name)
        key = iam.create_access_key(name)
        return Credentials(key.access_key_id, key.secret_access_key)


def reset() -> None:
    """Forget the state of every account; there is one moto in a process."""
    BackendDict.reset()
    reset_model_data()


def _configure() -> None:
    default_user_config["iam"]["load_aws_managed_policies"] = True
    default_user_config["lambda"]["use_docker"] = False  # it would start containers
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules  # it would read the folder at every call


def _read_regions() -> None:
    """Let moto read botocore's lists without the user's configuration, which is none of its business."""
    session = sealed_session()
    AccountSpecificBackend.get_session = classmethod(lambda _: session)
    moto_utils.Session = sealed_session


def _keep_messages() -> None:
    """Let no event source mapping take messages from a queue; moto's would say that a function had run."""
    Queue.lambda_event_source_mappings = property(lambda _: {}, lambda *_: None)


def _read_bucket_conditions() -> None:
    """Let a bucket's policy deny only what its conditions say; moto does not read them ("Bucket policies", S3)."""

    def get_permission(self: Any, action: str, resource: str) -> PermissionResult:  # noqa: ANN401 - a bucket of moto's
        policy = self.policy.decode() if isinstance(self.policy, bytes) else self.policy
        said = judge(policy, Request(action, resource, context={"aws:SecureTransport": "true"}))
        return PermissionResult.DENIED if said is Effect.DENY else PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def _mend_unique_ids() -> None:
    for model, prefix in _PREFIXES.items():
        if not getattr(model, "_has_prefixed_id", False):
            _prefix_ids(model, prefix)


def _prefix_ids(model: Any, prefix: str) -> None:  # noqa: ANN401 - a class of moto's
    create = model.__init__

    def create_with_prefix(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed through
        create(self, *args, **kwargs)
        self.id = (prefix + self.id.upper())[:_UNIQUE_ID_LENGTH]

    model.__init__ = create_with_prefix
    model._has_prefixed_id = True  # noqa: SLF001 - our own mark
