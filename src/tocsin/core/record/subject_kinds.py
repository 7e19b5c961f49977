"""What the subject of a record is called, by the request parameter that names it: the tables behind `core.subject`."""

from __future__ import annotations

# IAM: whose call it is, by the first of these parameters that is there; the rest is what was touched.
_IAM = (
    ("instanceProfileName", "instance profile"),
    ("userName", "IAM user"),
    ("roleName", "IAM role"),
    ("groupName", "IAM group"),
    ("policyArn", "IAM policy"),
    ("policyName", "IAM policy"),
    ("serialNumber", "MFA device"),
    ("virtualMFADeviceName", "MFA device"),
    ("sAMLProviderArn", "SAML provider"),
    ("SAMLProviderArn", "SAML provider"),
    ("openIDConnectProviderArn", "OIDC provider"),
    ("OpenIDConnectProviderArn", "OIDC provider"),
    ("serverCertificateName", "server certificate"),
    ("url", "OIDC provider"),
    ("accountAlias", "account alias"),
    ("accessKeyId", "access key"),
)

SUBJECTS: dict[str, tuple[tuple[str, str], ...]] = {
    "iam": _IAM,
    "identitystore": (
        ("userId", "Identity Center user"),
        ("groupId", "Identity Center group"),
        ("membershipId", "Identity Center membership"),
        ("userName", "Identity Center user"),
        ("displayName", "Identity Center group"),
        ("identityStoreId", "identity store"),
    ),
    "sso": (
        ("principalId", "Identity Center principal"),
        ("permissionSetArn", "permission set"),
        ("applicationArn", "Identity Center application"),
        ("trustedTokenIssuerArn", "trusted token issuer"),
        ("directoryId", "directory"),
        ("instanceArn", "Identity Center instance"),
    ),
    "organizations": (
        ("accountId", "account"),
        ("policyId", "organization policy"),
        ("targetId", "account"),
        ("servicePrincipal", "trusted service"),
        ("rootId", "organization root"),
    ),
    "account": (("accountId", "account"), ("regionName", "Region")),
    "cloudtrail": (("name", "trail"), ("trailName", "trail"), ("eventDataStore", "event data store")),
    "events": (("name", "event rule"), ("rule", "event rule"), ("eventBusName", "event bus")),
    "sns": (("topicArn", "topic"), ("subscriptionArn", "subscription"), ("resourceArn", "topic")),
    "sqs": (("queueUrl", "queue"), ("queueName", "queue"), ("sourceArn", "queue")),
    "s3": (("bucketName", "bucket"),),
    "lambda": (("functionName", "function"), ("uUID", "event source mapping"), ("uuid", "event source mapping")),
    "kms": (("aliasName", "key alias"), ("keyId", "key")),
    "scheduler": (("name", "schedule"), ("groupName", "schedule group")),
    "secretsmanager": (("secretId", "secret"), ("name", "secret")),
    "ssm": (("name", "parameter"), ("names", "parameter")),
    "guardduty": (("detectorId", "GuardDuty detector"),),
    "config": (
        ("configRuleName", "Config rule"),
        ("configurationRecorderName", "Config recorder"),
        ("deliveryChannelName", "Config delivery channel"),
    ),
    "logs": (("logStreamName", "log stream"), ("logGroupName", "log group")),
    "monitoring": (("alarmName", "alarm"), ("alarmNames", "alarm")),
    "ec2": (
        ("flowLogId", "flow log"),
        ("instanceId", "instance"),
        ("groupId", "security group"),
        ("networkAclId", "network ACL"),
        ("routeTableId", "route table"),
        ("internetGatewayId", "internet gateway"),
        ("customerGatewayId", "customer gateway"),
        ("vpcPeeringConnectionId", "VPC peering connection"),
        ("vpcId", "VPC"),
    ),
    "dynamodb": (("tableName", "table"), ("resourceArn", "table")),
    "cloudformation": (("stackName", "stack"),),
}
SUBJECTS["sso-directory"] = SUBJECTS["identitystore"]
SUBJECTS["identitystore-scim"] = SUBJECTS["identitystore"]

# Where one parameter names things of several kinds.
KINDS_BY_EVENT = {"DeleteEventBus": "event bus", "UpdateEventBus": "event bus"}

# What the kind of a subject is called when the record names none.
NAMELESS = {"DeleteUser": "IAM user", "LeaveOrganization": "account"}

RESOURCE_KINDS = {
    "user": "IAM user",
    "role": "IAM role",
    "group": "IAM group",
    "policy": "IAM policy",
    "mfa": "MFA device",
    "instance-profile": "instance profile",
    "instance profile": "instance profile",
    "saml-provider": "SAML provider",
    "oidc-provider": "OIDC provider",
    "server-certificate": "server certificate",
    "trail": "trail",
    "rule": "event rule",
    "alarm": "alarm",
    "detector": "GuardDuty detector",
    "function": "function",
    "key": "key",
    "stack": "stack",
    "table": "table",
    "log-group": "log group",
    "log-stream": "log stream",
}

# What of the subject was touched, by the parameter that names it.
OBJECTS = ("groupName", "groupId", "policyArn", "policyName", "permissionsBoundary", "accessKeyId", "serialNumber",
            "certificateId", "sSHPublicKeyId", "serviceSpecificCredentialId", "roleName", "targetId")  # fmt: skip
