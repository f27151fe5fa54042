"""What the official Python client does with the stand-in; each step says what it found.

Arguments: the address of the stand-in and the region. The keys are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client(
    "s3",
    endpoint_url=sys.argv[1],
    region_name=sys.argv[2],
    config=Config(
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    ),
)
found = {}


def error(call, **arguments):
    try:
        call(Bucket="vault", **arguments)
        return None
    except ClientError as failure:
        return failure.response["Error"]["Code"]


odd = "odd/ü ~!'()*+=&?#%.bin"
for key in [odd, "a/b", "a/c", "a/d"]:
    client.put_object(Bucket="vault", Key=key, Body=key.encode())
found["again"] = error(client.put_object, Key="a/b", Body=b"x", IfNoneMatch="*")
found["part"] = client.get_object(Bucket="vault", Key="a/b", Range="bytes=1-2")["Body"].read().decode()
found["same"] = client.get_object(Bucket="vault", Key=odd)["Body"].read() == odd.encode()
pages = client.get_paginator("list_objects_v2").paginate(Bucket="vault")
found["keys"] = [item["Key"] for page in pages for item in page["Contents"]]
found["missing"] = error(client.get_object, Key="none")
client.delete_object(Bucket="vault", Key="a/b")
found["left"] = client.list_objects_v2(Bucket="vault", Prefix="a/", MaxKeys=1)["IsTruncated"]
print(json.dumps(found))
