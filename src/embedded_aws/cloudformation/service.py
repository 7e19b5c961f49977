"""CloudFormation's operations, answered for one account.

Stack operations run within the call, so a client that polls sees the end at once; every status and event
between is in the history.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from embedded_aws.calls.http import ApiError
from embedded_aws.cloudformation import changesets, deploy, removal, shown
from embedded_aws.cloudformation.book import Book, read_wish
from embedded_aws.cloudformation.changes import drift_of
from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.model import now
from embedded_aws.cloudformation.types import Api, Types

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedded_aws.calls.exchange import ApiRequest
    from embedded_aws.calls.http import WsgiApp
    from embedded_aws.cloudformation.model import Change, Stack, Wish
    from embedded_aws.cloudformation.types import Props


class CloudFormation:
    """All stacks of one account, and the operations on them.

    Args:
        endpoint_url: where the embedded AWS listens.
        app: its application: resources are made by calls of its API.
    """

    def __init__(self, endpoint_url: str, app: WsgiApp) -> None:
        self._endpoint_url, self._app = endpoint_url, app
        self._types = Types()
        self._book = Book()
        self._lock = RLock()
        self._apis: dict[tuple[str, str, str], Api] = {}
        self._done: dict[tuple[str, str], tuple[Props, Props]] = {}

    def operations(self) -> dict[str, Callable[[Props, Api], Props]]:
        """The answered operations by name; each takes the parameters and the caller's API."""
        return {
            "CreateStack": self.create_stack,
            "DeleteStack": self.delete_stack,
            "DescribeStacks": self.describe_stacks,
            "DescribeStackEvents": self.describe_events,
            "ListStackResources": self.list_resources,
            "CreateChangeSet": self.create_change_set,
            "DescribeChangeSet": self.describe_change_set,
            "ListChangeSets": self.list_change_sets,
            "DeleteChangeSet": self.delete_change_set,
            "ExecuteChangeSet": self.execute_change_set,
            "UpdateTerminationProtection": self.protect,
            "DetectStackDrift": self.detect_drift,
            "DescribeStackDriftDetectionStatus": self.drift_status,
            "DescribeStackResourceDrifts": self.resource_drifts,
        }

    def answer(self, operation: str) -> Callable[[ApiRequest], Props]:
        """The handler of one operation, as the embedded AWS calls it; refusals become API errors."""
        work = self.operations()[operation]

        def handler(request: ApiRequest) -> Props:
            try:
                with self._lock:
                    return self._once(operation, request, work)
            except StackError as error:
                raise ApiError(error.code, error.message, 400) from error

        return handler

    def _once(self, operation: str, request: ApiRequest, work: Callable[[Props, Api], Props]) -> Props:
        """Do what is asked, or give the answer again where it was done under the same token."""
        token = request.params.get("ClientToken") or request.params.get("ClientRequestToken")
        asked, answer = self._done.get((operation, token or ""), (None, {}))
        if asked is None:
            answer = work(request.params, self._api(request))
        elif asked != request.params:
            raise StackError(f"Token {token} was used for another request", code="TokenAlreadyExistsException")
        if token:
            self._done[operation, token] = request.params, answer
        return answer

    def _api(self, request: ApiRequest) -> Api:
        """The API as the caller: CloudFormation may do what its caller may.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
        """
        token = request.headers.get("x-amz-security-token", "")
        key = (request.caller.access_key_id, token, request.region)
        if key not in self._apis:
            # The embedded AWS does not verify signatures, so the caller's key id is enough.
            credentials = (request.caller.access_key_id, "not-verified", token)
            self._apis[key] = Api(self._endpoint_url, request.account_id, request.region, credentials, self._app)
        return self._apis[key]

    # -- stacks --------------------------------------------------------------------------------------------

    def create_stack(self, params: Props, api: Api) -> Props:
        """CreateStack."""
        name = params["StackName"]
        if self._book.alive(name, api.region):
            raise StackError(f"Stack [{name}] already exists", code="AlreadyExistsException")
        wish = read_wish(params, None, self._types)
        stack = self._book.new(name, api)
        self._book.add(stack)
        stack.protected = bool(params.get("EnableTerminationProtection"))
        stack.disable_rollback = bool(params.get("DisableRollback"))
        on_failure = params.get("OnFailure") or ("DO_NOTHING" if stack.disable_rollback else "ROLLBACK")
        self._deploy(stack, wish, api).create(on_failure)
        return {"StackId": stack.stack_id}

    def delete_stack(self, params: Props, api: Api) -> Props:
        """DeleteStack; a name that does not exist is no error."""
        stack = self._book.alive(params["StackName"], api.region)
        if stack is None:
            return {}
        if stack.protected:
            raise StackError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        retain = list(params.get("RetainResources", []))
        if retain and stack.status != "DELETE_FAILED":
            raise StackError(
                "Invalid operation on stack. Specify which resources to retain only when the stack is in the "
                "DELETE_FAILED state."
            )
        removal.delete(stack, api, retain)
        return {}

    def describe_stacks(self, params: Props, api: Api) -> Props:
        """DescribeStacks; a deleted stack is found by its id only."""
        if name := params.get("StackName"):
            return {"Stacks": [shown.stack(self._book.find(name, api.region, deleted=True))]}
        return {"Stacks": [shown.stack(stack) for stack in self._book.of(api.region) if not stack.deleted]}

    def describe_events(self, params: Props, api: Api) -> Props:
        """DescribeStackEvents, newest first."""
        stack = self._book.find(params["StackName"], api.region, deleted=True)
        return {"StackEvents": [shown.event(event) for event in reversed(stack.events)]}

    def list_resources(self, params: Props, api: Api) -> Props:
        """ListStackResources."""
        stack = self._book.find(params["StackName"], api.region, deleted=True)
        return {"StackResourceSummaries": [shown.resource(resource) for resource in stack.resources.values()]}

    def protect(self, params: Props, api: Api) -> Props:
        """UpdateTerminationProtection."""
        stack = self._book.find(params["StackName"], api.region)
        stack.protected = bool(params["EnableTerminationProtection"])
        return {"StackId": stack.stack_id}

    def detect_drift(self, params: Props, api: Api) -> Props:
        """DetectStackDrift; it is looked for within the call."""
        stack = self._book.find(params["StackName"], api.region)
        found = {name: drift_of(stack, name, api) for name in stack.resources}
        stack.drifts, stack.drift_at = {name: drift for name, drift in found.items() if drift}, now()
        return {"StackDriftDetectionId": stack.stack_id}

    def drift_status(self, params: Props, api: Api) -> Props:
        """DescribeStackDriftDetectionStatus."""
        stack = self._book.find(params["StackDriftDetectionId"], api.region)
        said = {"StackId": stack.stack_id, "DetectionStatus": "DETECTION_COMPLETE", "Timestamp": stack.drift_at}
        return {
            **said,
            "StackDriftDetectionId": stack.stack_id,
            "StackDriftStatus": shown.drift(stack)["StackDriftStatus"],
        }

    def resource_drifts(self, params: Props, api: Api) -> Props:
        """DescribeStackResourceDrifts, of those that drifted."""
        stack = self._book.find(params["StackName"], api.region)
        drifts = [
            shown.resource(stack.resources[name])
            | {"StackId": stack.stack_id, "StackResourceDriftStatus": drift, "Timestamp": stack.drift_at}
            for name, drift in (stack.drifts or {}).items()
        ]
        return {"StackResourceDrifts": drifts}

    # -- change sets ---------------------------------------------------------------------------------------

    def create_change_set(self, params: Props, api: Api) -> Props:
        """CreateChangeSet; one of type CREATE leaves a stack in REVIEW_IN_PROGRESS."""
        name, kind = params["StackName"], params.get("ChangeSetType", "UPDATE")
        stack = self._book.alive(name, api.region)
        if kind == "CREATE":
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise StackError(
                    f"Stack [{name}] already exists and cannot be created again with the changeSet "
                    f"[{params['ChangeSetName']}]."
                )
            stack = stack or self._book.new(name, api)
        elif kind != "UPDATE":
            raise StackError(f"the embedded AWS makes no change set of type {kind}")
        elif stack is None:
            raise StackError(f"Stack [{name}] does not exist")
        else:
            _updatable(stack)
        wish = read_wish(params, stack, self._types)
        change_set = changesets.make(stack, params, wish, self._types, api)
        if stack not in self._book:
            self._book.add(stack)
            stack.say("REVIEW_IN_PROGRESS", "User Initiated")
        return {"Id": change_set.arn, "StackId": stack.stack_id}

    def describe_change_set(self, params: Props, api: Api) -> Props:
        """DescribeChangeSet."""
        stack = self._book.owner(params, api.region)
        return changesets.describe(stack, changesets.find(stack, params["ChangeSetName"]))

    def list_change_sets(self, params: Props, api: Api) -> Props:
        """ListChangeSets."""
        stack = self._book.find(params["StackName"], api.region)
        return {"Summaries": [changesets.summary(stack, each) for each in stack.change_sets.values()]}

    def delete_change_set(self, params: Props, api: Api) -> Props:
        """DeleteChangeSet; one that does not exist is no error."""
        try:
            stack = self._book.owner(params, api.region)
            stack.change_sets.pop(changesets.find(stack, params["ChangeSetName"]).name)
        except StackError as error:
            if error.code != "ChangeSetNotFound":
                raise
        return {}

    def execute_change_set(self, params: Props, api: Api) -> Props:
        """ExecuteChangeSet."""
        stack = self._book.owner(params, api.region)
        change_set = changesets.take(stack, params["ChangeSetName"])
        stack.disable_rollback = bool(params.get("DisableRollback"))
        work = self._deploy(stack, change_set.wish, api, change_set.changes)
        if change_set.kind == "CREATE":
            default = "DO_NOTHING" if stack.disable_rollback else "ROLLBACK"
            work.create(change_set.on_stack_failure or default)
        else:
            work.update()
        return {}

    def _deploy(self, stack: Stack, wish: Wish, api: Api, changes: Sequence[Change] = ()) -> deploy.Deployment:
        return deploy.Deployment(stack, wish, self._types, api, changes)


def _updatable(stack: Stack) -> None:
    if stack.status not in changesets.UPDATABLE:
        raise StackError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
