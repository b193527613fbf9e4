"""Writes sigv4-botocore.json: requests signed by botocore, the reference that clients use, for the tests of rule A1.

Run by hand: python3 make-sigv4-vectors.py > sigv4-botocore.json
"""
import datetime, json
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 3, 1, 12, 30, 45, tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW
CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
BASE = "http://127.0.0.1:4566"

CASES = [
    ("GET", "/", {}, b""),
    ("GET", "/bucket/a%20b%2Bc/%C3%A4%E2%82%AC", {}, b""),
    ("GET", "/bucket//double//slash/../dots/./x", {}, b""),
    ("GET", "/bucket?list-type=2&prefix=a%2Fb%20c&delimiter=%2F&empty=", {}, b""),
    ("GET", "/bucket?prefix=z&prefix=a&Prefix=q&a-b=1&a%2Cb=2&marker=%26%3D", {}, b""),
    ("GET", "/bucket/key?acl", {}, b""),
    ("PUT", "/bucket/key%21%27%28%29%2A~-._", {"x-amz-meta-spaces": "  a   b\t c  ", "content-type": "text/plain; charset=utf-8"}, b"hello"),
    ("PUT", "/bucket/key", {"x-amz-meta-empty": "", "if-none-match": "*", "x-amz-checksum-crc32": "AAAAAA=="}, b""),
    ("POST", "/bucket?delete=", {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, b"<Delete/>"),
    ("DELETE", "/bucket/key?uploadId=a.b-c_d%3D%3D", {}, b""),
    ("HEAD", "/bucket/%00%01%7F", {"range": "bytes=0-1"}, b""),
]


def header_case(method, target, headers, body):
    request = AWSRequest(method=method, url=BASE + target, headers=headers, data=body)
    request.context["timestamp"] = NOW.strftime("%Y%m%dT%H%M%SZ")
    botocore.auth.S3SigV4Auth(CREDENTIALS, "s3", "eu-central-1").add_auth(request)
    sent = {name.lower(): value for name, value in request.headers.items()}
    sent["host"] = "127.0.0.1:4566"
    return {"form": "header", "method": method, "target": target, "headers": sent}


def presigned_case(method, target, headers):
    request = AWSRequest(method=method, url=BASE + target, headers=headers)
    botocore.auth.S3SigV4QueryAuth(CREDENTIALS, "s3", "eu-central-1", expires=600).add_auth(request)
    sent = {name.lower(): value for name, value in request.headers.items()}
    sent["host"] = "127.0.0.1:4566"
    return {"form": "presigned", "method": method, "target": request.url[len(BASE):], "headers": sent}


cases = [header_case(*case) for case in CASES]
cases += [presigned_case(m, t, {}) for m, t, h, b in CASES]
print(json.dumps({
    "source": "botocore " + __import__("botocore").__version__,
    "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "region": "eu-central-1", "nowMs": int(NOW.timestamp() * 1000), "cases": cases,
}, indent=1))
