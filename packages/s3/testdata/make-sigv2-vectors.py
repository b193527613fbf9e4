"""Writes sigv2-botocore.json: links signed by botocore with signature version 2, for the tests of rule A11.

Run by hand: python3 make-sigv2-vectors.py > sigv2-botocore.json
"""
import json, time
from unittest import mock
import boto3
from botocore.config import Config

NOW = 1772368245
CASES = [
    ("http://127.0.0.1:4566", "path", "get_object", {"Bucket": "bucket", "Key": "a b/\u00e4+c"}),
    ("http://127.0.0.1:4566", "path", "get_object", {"Bucket": "bucket", "Key": "k", "ResponseContentType": "text/plain; x=1", "ResponseCacheControl": "no-store"}),
    ("http://127.0.0.1:4566", "path", "put_object", {"Bucket": "bucket", "Key": "k", "ContentType": "text/plain", "Metadata": {"one": "1"}}),
    ("http://127.0.0.1:4566", "path", "upload_part", {"Bucket": "bucket", "Key": "k", "UploadId": "u=", "PartNumber": 2}),
    ("http://localhost:4566", "virtual", "get_object", {"Bucket": "my.bucket", "Key": "k"}),
    ("http://localhost:4566", "virtual", "list_objects", {"Bucket": "bucket", "Prefix": "x"}),
]
METHODS = {"get_object": "GET", "put_object": "PUT", "upload_part": "PUT", "list_objects": "GET"}
cases = []
for endpoint, style, operation, parameters in CASES:
    client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="AKIDEXAMPLE", region_name="us-east-1",
                          aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                          config=Config(signature_version="s3", s3={"addressing_style": style}))
    with mock.patch("time.time", return_value=NOW):
        url = client.generate_presigned_url(operation, Params=parameters, ExpiresIn=600)
    _, _, host, target = url.split("/", 3)
    cases.append({"form": "link", "method": METHODS[operation], "target": "/" + target, "headers": {"host": host}})
print(json.dumps({
    "source": "botocore " + __import__("botocore").__version__,
    "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "nowMs": NOW * 1000, "cases": cases,
}, indent=1))
