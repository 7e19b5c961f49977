"""The decoy may do nothing from its first moment, and is taken away in the order that AWS demands."""

from __future__ import annotations

import json
import re

import pytest

from tocsin.core.drill.decoy import ALPHABET, Decoy, codes_in
from tocsin.core.drill.totp import code_at

DECOY = Decoy("tocsin-drill-abc234", "d1", "111122223333", "aws-cn")
# RFC 6238, appendix B, SHA-1: the last six digits; the secret is "12345678901234567890".
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_codes_of_a_device_are_those_of_the_rfc(seconds, code):
    assert code_at(SEED, seconds) == code
    assert code_at(SEED.lower(), seconds) == code


def test_it_is_born_with_the_boundary_that_denies_everything():
    parameters = DECOY.birth().parameters
    assert parameters["PermissionsBoundary"] == "arn:aws-cn:iam::aws:policy/AWSDenyAll"
    assert (parameters["Path"], parameters["UserName"]) == ("/tocsin-drill/", "tocsin-drill-abc234")


def test_its_policies_give_it_nothing_that_its_boundary_does_not_take_away():
    steps = list(DECOY.life("secret"))
    (inline,) = [step for step in steps if step.operation == "PutUserPolicy"]
    assert {one["Effect"] for one in json.loads(inline.parameters["PolicyDocument"])["Statement"]} == {"Deny"}
    (attached,) = [step for step in steps if step.operation == "AttachUserPolicy"]
    assert attached.parameters["PolicyArn"] == "arn:aws-cn:iam::aws:policy/IAMUserChangePassword"


def test_its_password_is_never_shown():
    assert "secret" not in "".join(map(repr, DECOY.life("secret")))


def test_two_codes_of_its_seed_that_follow_each_other_switch_its_device_on():
    (made,) = [step for step in DECOY.life("x") if step.operation == "CreateVirtualMFADevice"]
    result = {"VirtualMFADevice": {"Base32StringSeed": SEED.encode()}}
    (switched,) = DECOY.follows(made, result, 1111111109 + 30)
    codes = [switched.parameters[f"AuthenticationCode{number}"] for number in (1, 2)]
    assert codes == [code_at(SEED, 1111111109), code_at(SEED, 1111111139)]
    assert switched.parameters["SerialNumber"] == "arn:aws-cn:iam::111122223333:mfa/tocsin-drill/tocsin-drill-abc234"
    assert DECOY.follows(DECOY.birth(), {}, 0) == []


def test_a_look_says_what_is_to_be_taken_away():
    shown = {
        "ListMFADevices": {"MFADevices": [{"SerialNumber": "s"}]},
        "ListAccessKeys": {"AccessKeyMetadata": [{"AccessKeyId": "k1"}, {"AccessKeyId": "k2"}]},
        "GetLoginProfile": {"LoginProfile": {}},
        "ListUserPolicies": {"PolicyNames": ["p"]},
        "ListAttachedUserPolicies": {"AttachedPolicies": [{"PolicyArn": "a"}]},
        "ListGroupsForUser": {"Groups": [{"GroupName": "g"}]},
    }
    steps = [step for look in DECOY.looks() for step in DECOY.removals(look, shown[look.operation])]
    assert [(step.operation, dict(step.parameters)) for step in steps] == [
        ("DeactivateMFADevice", {"UserName": DECOY.name, "SerialNumber": "s"}),
        ("DeleteAccessKey", {"UserName": DECOY.name, "AccessKeyId": "k1"}),
        ("DeleteAccessKey", {"UserName": DECOY.name, "AccessKeyId": "k2"}),
        ("DeleteLoginProfile", {"UserName": DECOY.name}),
        ("DeleteUserPolicy", {"UserName": DECOY.name, "PolicyName": "p"}),
        ("DetachUserPolicy", {"UserName": DECOY.name, "PolicyArn": "a"}),
        ("RemoveUserFromGroup", {"UserName": DECOY.name, "GroupName": "g"}),
    ]


def test_only_the_user_with_its_path_and_its_tag_is_this_decoy():
    tags = [{"Key": "tocsin:drill", "Value": "d1"}]
    assert DECOY.is_this({"Path": "/tocsin-drill/", "Tags": tags})
    assert not DECOY.is_this({"Path": "/", "Tags": tags})
    assert not DECOY.is_this({"Path": "/tocsin-drill/", "Tags": [{"Key": "tocsin:drill", "Value": "d2"}]})
    assert not DECOY.is_this({"Path": "/tocsin-drill/"})


def test_a_text_tells_whose_codes_stand_in_it():
    assert codes_in("user/tocsin-drill/tocsin-drill-abc234, rule tocsin-drill-xyz789 was") == {"abc234", "xyz789"}
    assert codes_in("many: tocsin-drill-abc234-07") == {"abc234"}
    assert codes_in("tocsin-drill-abc2345 and tocsin-drill-abc") == set()
    assert not re.search("[01ilo]", ALPHABET)
