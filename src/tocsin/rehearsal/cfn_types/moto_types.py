"""The types that only moto has, behind the same face as ours.

What moto's own type does with a property it does not know is not checked here, which is why every type that
the product's template uses has a class of its own in this package.
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import get_model_map

from tocsin.rehearsal.cfn_types.base import Api, Props, Refused, ResourceType

# Types that moto names in its map but that are not single resources.
_NOT_OURS = {"AWS::CloudFormation::Stack"}


class MotoType(ResourceType):
    """One of moto's CloudFormation models.

    Args:
        type_name: the CloudFormation type.
        model: moto's class for it.
    """

    def __init__(self, type_name: str, model: Any) -> None:  # noqa: ANN401 - moto is untyped to us
        self.type_name = type_name  # type: ignore[misc]
        self._model = model
        self.name_property = _name_property(model)  # type: ignore[misc]
        self.fixed = frozenset({self.name_property} - {""})  # type: ignore[misc]
        self.is_iam = type_name.startswith("AWS::IAM::")  # type: ignore[misc]
        self._made: dict[tuple[str, str, str], Any] = {}

    def check(self, props: Props) -> None:
        """Nothing is known about what moto applies."""

    def create(self, api: Api, name: str, props: Props) -> str:
        """Let moto make the resource."""
        made = self._model.create_from_cloudformation_json(
            name,
            self._json(props),
            api.account_id,
            api.region,
            LogicalId=name,
            StackId="",
            ResourceType=self.type_name,
        )
        return self._keep(api, made)

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as the base
        """Let moto change the resource, where it can."""
        key = (api.account_id, api.region, physical_id)
        if hasattr(self._model.update_from_cloudformation_json, "__isabstractmethod__"):
            raise Refused(f"the rehearsal cannot update a resource of type {self.type_name}")
        name = str(props.get(self.name_property, physical_id))
        made = self._model.update_from_cloudformation_json(
            original_resource=self._made[key],
            new_resource_name=name,
            cloudformation_json=self._json(props),
            account_id=api.account_id,
            region_name=api.region,
        )
        self._made[key] = made

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Let moto delete the resource."""
        made = self._made.pop((api.account_id, api.region, physical_id), None)
        if hasattr(self._model.delete_from_cloudformation_json, "__isabstractmethod__"):
            if made is not None and hasattr(made, "delete"):
                made.delete(api.account_id, api.region)
            return
        self._model.delete_from_cloudformation_json(physical_id, self._json(props), api.account_id, api.region)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as the base
        """Whether moto returned an object for it; more cannot be asked of an unknown type."""
        return self._made.get((api.account_id, api.region, physical_id)) is not None

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> Any:  # noqa: ANN401, ARG002 - as the base
        """Ask moto's object."""
        made = self._made[(api.account_id, api.region, physical_id)]
        try:
            return made.get_cfn_attribute(name)
        except (UnformattedGetAttTemplateException, NotImplementedError) as error:
            raise Refused(f"resource {physical_id} does not support attribute type {name} in Fn::GetAtt") from error

    def _json(self, props: Props) -> Props:
        return {"Type": self.type_name, "Properties": dict(props)}

    def _keep(self, api: Api, made: Any) -> str:  # noqa: ANN401 - as the constructor
        physical_id = str(made.physical_resource_id)
        self._made[(api.account_id, api.region, physical_id)] = made
        return physical_id


def _name_property(model: Any) -> str:  # noqa: ANN401 - moto is untyped to us
    try:
        return str(model.cloudformation_name_type() or "")
    except NotImplementedError:
        return ""


def moto_types() -> dict[str, ResourceType]:
    """Every type in moto's own map."""
    return {name: MotoType(name, model) for name, model in get_model_map().items() if name not in _NOT_OURS}
