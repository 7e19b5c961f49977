"""A stand-in for AWS on this machine: moto, with the strict parts that moto leaves out.

::

    with open_account() as account:
        iam = boto3.client("iam", endpoint_url=account.aws.endpoint_url, region_name=account.aws.region, ...)

What it is, what it is not and how to use it for tests of one's own stands in README.md beside this file.
"""
