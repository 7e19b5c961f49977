"""Names that no API has, and sources that people misspell: made by hand.

Sources, each a page of AWS's documentation: "Logging Lambda API calls using AWS CloudTrail" (Lambda Developer Guide);
"AWS Management Console sign-in events" and "CloudTrail record contents"
(CloudTrail User Guide); "IAM Identity Center information in CloudTrail" and "Logging IAM Identity Center SCIM API
calls" (IAM Identity Center User Guide); "Log entries for Secrets Manager events" (Secrets Manager User Guide); "Logging
AWS KMS API calls" (KMS Developer Guide); "Logging API calls for AWS Organizations" (Organizations User Guide).
"""

from __future__ import annotations

from typing import Final

_LAMBDA_OLDER = """
    AddLayerVersionPermission20181031 CreateFunction20141111 DeleteFunction20150331v2 DeleteLayerVersion20181031
    GetFunction20150331 GetFunctionConfiguration20150331 GetPolicy20150331 RemovePermission20150331
    AddPermission20150331 UpdateFunctionCode20150331 UpdateFunctionConfiguration20150331 PutFunctionEventInvokeConfig
    RemoveLayerVersionPermission20181031 GetLayerVersion20181031 GetLayerVersionPolicy20181031
    ListVersionsByFunction20150331 ListAliases20150331 GetAccountSettings20160819 ListLayers20181031
    ListLayerVersions20181031
"""
_SIGN_IN = """
    CheckMfa ConsoleLogin CredentialChallenge CredentialVerification EmailUpdated ExitRole GetSigninToken
    PasswordRecoveryCompleted PasswordRecoveryRequested PasswordUpdated RenewRole SwitchRole UserAuthentication
    AccountRecoveryCompleted AccountRecoveryRequested MfaDeviceUpdated SigninComplete
"""
_DIRECTORY = """
    AddMemberToGroup CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration CreateAlias
    CreateBearerToken CreateExternalIdPConfigurationForDirectory CreateGroup CreateProvisioningTenant CreateUser
    DeleteBearerToken DeleteExternalIdPCertificate DeleteExternalIdPConfigurationForDirectory DeleteGroup
    DeleteMfaDeviceForUser DeleteProvisioningTenant DeleteUser DescribeDirectory DescribeGroup DescribeGroups
    DescribeProvisioningTenant DescribeUser DescribeUserByUniqueAttribute DescribeUsers
    DisableExternalIdPConfigurationForDirectory DisableUser EnableExternalIdPConfigurationForDirectory EnableUser
    GetAWSSPConfigurationForDirectory GetUserPoolInfo ImportExternalIdPCertificate IsMemberInGroup ListBearerTokens
    ListExternalIdPCertificates ListExternalIdPConfigurationsForDirectory ListGroupsForMember ListGroupsForUser
    ListMembersInGroup ListMfaDevicesForUser ListProvisioningTenants RemoveMemberFromGroup SearchGroups SearchUsers
    StartVirtualMfaDeviceRegistration StartWebAuthnDeviceRegistration UpdateExternalIdPConfigurationForDirectory
    UpdateGroup UpdateGroupDisplayName UpdateMfaDeviceForUser UpdatePassword UpdateUser UpdateUserName VerifyEmail
"""
_SSO = """
    AssociateDirectory AssociateProfile Authenticate CreateApplicationInstance CreateApplicationInstanceCertificate
    CreateManagedApplicationInstance CreateProfile CreateToken CreateTrust DeleteApplicationInstance
    DeleteApplicationInstanceCertificate DeleteManagedApplicationInstance DeletePermissionsPolicy DeleteProfile
    DeleteSSO DescribePermissionsPolicies DescribeRegisteredRegions DisassociateDirectory DisassociateProfile Federate
    GetApplicationInstance GetApplicationTemplate GetMfaDeviceManagementForDirectory GetPermissionSet GetProfile
    GetSSOStatus GetSsoConfiguration GetSharedSsoConfiguration
    ImportApplicationInstanceServiceProviderMetadata ListApplicationInstanceCertificates ListApplicationInstances
    ListApplicationTemplates ListDirectoryAssociations ListProfileAssociations ListProfiles ListProfilesForApplication
    Logout PutMfaDeviceManagementForDirectory PutPermissionsPolicy RegisterClient RegisterRegion
    StartDeviceAuthorization StartSSO UpdateApplicationInstanceActiveCertificate
    UpdateApplicationInstanceDisplayData UpdateApplicationInstanceResponseConfiguration
    UpdateApplicationInstanceResponseSchemaConfiguration UpdateApplicationInstanceSecurityConfiguration
    UpdateApplicationInstanceServiceProviderConfiguration UpdateApplicationInstanceStatus UpdateDirectoryAssociation
    UpdateManagedApplicationInstanceStatus UpdateProfile UpdateSsoConfiguration
"""
_SCIM = """
    CreateGroup CreateUser DeleteGroup DeleteUser GetGroup GetSchema GetUser ListGroups ListResourceTypes ListSchemas
    ListUsers PatchGroup PatchUser PutGroup PutUser ServiceProviderConfig
"""
_SECRETS = """
    CancelSecretVersionDelete EndSecretVersionDelete RotationAbandoned RotationFailed RotationStarted
    RotationSucceeded SecretMigration SecretVersionDeletion StartSecretVersionDelete TestRotationFailed
    TestRotationStarted TestRotationSucceeded
"""
_S3 = """
    CreateBucket DeleteAccountPublicAccessBlock GetAccountPublicAccessBlock PutAccountPublicAccessBlock
    DeleteBucketLifecycle PutBucketReplication DeleteBucketReplication GetBucketReplication DeleteBucketCors
    PutBucketCors DeleteBucketTagging DeleteBucketEncryption PutBucketEncryption PutAccelerateConfiguration
    GetAccelerateConfiguration PutBucketVersioning PutBucketWebsite LifecycleExpiration HeadBucket ListBuckets
    RestoreCompleted
"""

MORE_NAMES: Final[dict[str, frozenset[str]]] = {
    source: frozenset(names.split())
    for source, names in {
        "account.amazonaws.com": "CloseAccount CloseAccountResult ChangeEmail ChangeAccountName",
        "autoscaling.amazonaws.com": """
            DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget DescribeScalableTargets
            DescribeScalingActivities DescribeScalingPolicies PutScalingPolicy PutScheduledAction RegisterScalableTarget
        """,
        "controltower.amazonaws.com": """
            CreateManagedAccount DeregisterOrganizationalUnit DisableGuardrail EnableGuardrail PrecheckLandingZone
            RegisterOrganizationalUnit RequestManagedAccountEnrollment SetupLandingZone UpdateLandingZone
            UpdateManagedAccount
        """,
        "events.amazonaws.com": "InvokeExecution",
        "iam.amazonaws.com": """
            AddClientIDToOpenIDConnectProvider CreateServiceLinkedRole DeleteServiceLinkedRole UpdateAccountEmailAddress
        """,
        "identitystore-scim.amazonaws.com": _SCIM,
        "kms.amazonaws.com": "DeleteKey ConnectCustomKeyStore RotateKey SynchronizeMultiRegionKey",
        "lambda.amazonaws.com": _LAMBDA_OLDER,
        "organizations.amazonaws.com": """
            AcceptHandshake CreateAccountResult CloseAccountResult AccountDepartedOrganization
            AccountJoinedOrganization
        """,
        "s3.amazonaws.com": _S3,
        "secretsmanager.amazonaws.com": _SECRETS,
        "signin.amazonaws.com": _SIGN_IN,
        "sso-directory.amazonaws.com": _DIRECTORY,
        "sso-oauth.amazonaws.com": "CreateToken CreateTokenWithIAM RegisterClient StartDeviceAuthorization",
        "sso.amazonaws.com": _SSO,
        "sts.amazonaws.com": "AssumeRoot GetWebIdentityToken",
    }.items()
}
"""Event names that no service model has, by event source."""

MORE_SOURCES: Final = frozenset(
    f"{service}.amazonaws.com"
    for service in """
    apigateway application-autoscaling aws-portal awsconnector billingconsole chatbot cloudshell codestar-notifications
    consolidatedbilling console customer-verification discovery freetier health iq managed-services marketplace payments
    purchase-orders q resource-groups s3express s3-outposts sagemaker spot sso-portal sts support supportapp
    supportplans tagging tax trustedadvisor userportal wam
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Event sources that have no list of names here."""

WRONG_SOURCES: Final[dict[str, str]] = {
    "cloudwatch": "monitoring",
    "cloudwatch-events": "events",
    "cloudwatchevents": "events",
    "cloudwatch-logs": "logs",
    "cloudwatchlogs": "logs",
    "cognito": "cognito-idp",
    "directory-service": "ds",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "eventbridge": "events",
    "eventbridge-scheduler": "scheduler",
    "identity-center": "sso",
    "identity-store": "identitystore",
    "identitycenter": "sso",
    "key-management-service": "kms",
    "login": "signin",
    "opensearch": "es",
    "organisations": "organizations",
    "s3-control": "s3",
    "s3control": "s3",
    "sign-in": "signin",
    "sso-admin": "sso",
    "stepfunctions": "states",
    "step-functions": "states",
    "systems-manager": "ssm",
}
"""Services as people call them, where CloudTrail calls them otherwise; both without ``.amazonaws.com``."""

# "AWS Management Console sign-in events": their eventType is AwsConsoleSignIn.
SIGN_IN_NAMES: Final = frozenset({"CheckMfa", "ConsoleLogin", "ExitRole", "RenewRole", "SwitchRole"})

_CONTROL_TOWER: Final = frozenset(MORE_NAMES["controltower.amazonaws.com"])
SERVICE_EVENTS: Final[dict[str, frozenset[str]]] = {
    "controltower.amazonaws.com": _CONTROL_TOWER,
    "kms.amazonaws.com": frozenset({"DeleteKey", "RotateKey", "SynchronizeMultiRegionKey"}),
    "organizations.amazonaws.com": frozenset(
        {"AccountDepartedOrganization", "AccountJoinedOrganization", "CloseAccountResult", "CreateAccountResult"}
    ),
    "secretsmanager.amazonaws.com": frozenset(_SECRETS.split()),
    "signin.amazonaws.com": frozenset({"CredentialChallenge", "CredentialVerification", "UserAuthentication"}),
    "sso.amazonaws.com": frozenset({"Authenticate", "Federate", "Logout"}),
}
"""Events that no call makes (``AwsServiceEvent``), by event source, each from its service's guide:

AWS Control Tower User Guide, "Logging AWS Control Tower actions with CloudTrail"; KMS Developer Guide, "Logging AWS KMS
API calls"; Organizations User Guide, "Logging API calls with CloudTrail"; Secrets Manager User Guide, "Log entries for
Secrets Manager events"; IAM Identity Center User Guide, "Understanding sign-in events".
"""

# A call in the account that accepts, and in the management account told by Organizations: under which detail-type there
# no page says.
EITHER_KIND: Final = frozenset({"AcceptHandshake"})

# Service Authorization Reference: permissions that no call bears the name of, and where the use of each is recorded.
PERMISSIONS: Final[dict[str, dict[str, str]]] = {
    "iam.amazonaws.com": {
        "PassRole": "watch the call that takes the role: RunInstances, CreateFunction20150331, PutTargets and others",
    },
    "sts.amazonaws.com": {
        "SetSourceIdentity": "watch AssumeRole: requestParameters.sourceIdentity",
        "TagSession": "watch AssumeRole: requestParameters.tags",
    },
    "lambda.amazonaws.com": {"InvokeFunction": "the call is `Invoke`, a data event: a trail has to record it"},
    "s3.amazonaws.com": {
        "GetAnalyticsConfiguration": "it writes `GetBucketAnalyticsConfiguration`",
        "GetBucketCORS": "it writes `GetBucketCors`",
        "GetEncryptionConfiguration": "it writes `GetBucketEncryption`",
        "GetInventoryConfiguration": "it writes `GetBucketInventoryConfiguration`",
        "GetLifecycleConfiguration": "it writes `GetBucketLifecycle`",
        "GetMetricsConfiguration": "it writes `GetBucketMetricsConfiguration`",
        "GetReplicationConfiguration": "it writes `GetBucketReplication`",
        "ListAllMyBuckets": "it writes `ListBuckets`",
        "PutAnalyticsConfiguration": "it writes `PutBucketAnalyticsConfiguration`",
        "PutBucketCORS": "it writes `PutBucketCors`",
        "PutEncryptionConfiguration": "it writes `PutBucketEncryption`",
        "PutInventoryConfiguration": "it writes `PutBucketInventoryConfiguration`",
        "PutLifecycleConfiguration": "it writes `PutBucketLifecycle`",
        "PutMetricsConfiguration": "it writes `PutBucketMetricsConfiguration`",
        "PutReplicationConfiguration": "it writes `PutBucketReplication`",
    },
}
"""IAM permissions that are taken for event names, and what to do instead; by event source."""

# Where events of a service are recorded, where it is one Region of the partition aws: Organizations User Guide,
# "Logging API calls with CloudTrail"; CloudFront and Route 53 Developer Guides, likewise; Global Accelerator Developer
# Guide; AWS Account Management Reference Guide; AWS Network Manager, "Logging".
HOMES: Final[dict[str, str]] = {
    "account.amazonaws.com": "us-east-1",
    "cloudfront.amazonaws.com": "us-east-1",
    "globalaccelerator.amazonaws.com": "us-west-2",
    "networkmanager.amazonaws.com": "us-west-2",
    "organizations.amazonaws.com": "us-east-1",
    "route53.amazonaws.com": "us-east-1",
    "route53domains.amazonaws.com": "us-east-1",
}

# Services that tell EventBridge nothing but what CloudTrail records (EventBridge Events Reference).
CLOUDTRAIL_ONLY: Final = frozenset(
    f"aws.{service}"
    for service in "cloudshell cloudtrail iam network-firewall organizations signin sso sso-directory sts".split()  # noqa: SIM905 - as above
)

# Their EventBridge source is not documented, so it is not judged.
UNJUDGED_SOURCES: Final = frozenset({"identitystore-scim.amazonaws.com", "tagging.amazonaws.com"})

# "AWS service events delivered via AWS CloudTrail" (EventBridge User Guide): what begins so is read-only and comes
# only to a rule in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS. These three of STS were always delivered.
READING: Final = ("Describe", "Get", "List")
READ_BUT_DELIVERED: Final = frozenset({"GetFederationToken", "GetSessionToken", "GetSigninToken"})
