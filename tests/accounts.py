"""An embedded account from outside, as a person with its keys sees it."""

from __future__ import annotations

import boto3


def client(account, service):
    return client_at(account.address(), service)


def client_at(address, service):
    return boto3.client(
        service,
        endpoint_url=address["endpoint_url"],
        region_name=address["region"],
        aws_access_key_id=address["access_key_id"],
        aws_secret_access_key=address["secret_access_key"],
    )


def environ_of(account, home):
    """The environment in which every AWS tool speaks to an account, and finds nothing of this machine's."""
    address = account.address()
    return {
        "AWS_ENDPOINT_URL": address["endpoint_url"],
        "AWS_REGION": address["region"],
        "AWS_ACCESS_KEY_ID": address["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": address["secret_access_key"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "own"),
    }


def stacks(account):
    return {one["StackName"] for one in client(account, "cloudformation").describe_stacks()["Stacks"]}


def links_in_mail(account, address):
    """The links of the newest mails from SNS to an address that ask to confirm: to the bell, then to its trouble."""
    mails = [mail["text"] for mail in account.mails() if mail["to"] == address and "Token=" in mail["text"]]
    links = [next(word for word in mail.split() if "Token=" in word) for mail in mails[-2:]]
    return sorted(links, key=lambda link: "-alarms&" in link)
