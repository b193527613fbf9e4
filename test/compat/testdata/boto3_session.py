"""Drives a store through boto3. Prints one line of JSON for each check: {"name": ..., "error": null or text}.

The endpoint and the keys come from the environment, as `crescendo env` prints them.
"""

import hashlib
import io
import json
import os
import sys
import traceback
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024
BUCKET = "python"
CHECKS = []

s3 = boto3.client("s3", config=Config(retries={"max_attempts": 2}))


def check(function):
    CHECKS.append(function)
    return function


def refused(code, call, **arguments):
    try:
        call(Bucket=BUCKET, **arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return error.response
    raise AssertionError(f"{code} was expected")


def read(key, **arguments):
    return s3.get_object(Bucket=BUCKET, Key=key, **arguments)["Body"].read()


@check
def crud():
    key = "folder/ä b+c%.txt"
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=b"first", ContentType="text/plain", CacheControl="no-cache", Metadata={"colour": "blue"})
    assert put["ETag"] == '"%s"' % hashlib.md5(b"first").hexdigest()
    head = s3.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentLength"], head["ContentType"], head["CacheControl"]) == (5, "text/plain", "no-cache")
    assert head["Metadata"] == {"colour": "blue"}
    assert read(key) == b"first"
    assert read(key, Range="bytes=1-3") == b"irs"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"second")
    assert read(key) == b"second"
    s3.delete_object(Bucket=BUCKET, Key=key)
    refused("NoSuchKey", s3.get_object, Key=key)
    refused("404", s3.head_object, Key=key)
    refused("InvalidRange", s3.get_object, Key=write("short", b"abc"), Range="bytes=5-6")


def write(key, body):
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return key


@check
def conditional_writes():
    s3.put_object(Bucket=BUCKET, Key="lock", Body=b"1", IfNoneMatch="*")
    refused("PreconditionFailed", s3.put_object, Key="lock", Body=b"2", IfNoneMatch="*")
    etag = s3.head_object(Bucket=BUCKET, Key="lock")["ETag"]
    s3.put_object(Bucket=BUCKET, Key="lock", Body=b"3", IfMatch=etag)
    refused("PreconditionFailed", s3.put_object, Key="lock", Body=b"4", IfMatch=etag)
    refused("NoSuchKey", s3.put_object, Key="never written", Body=b"4", IfMatch=etag)
    refused("PreconditionFailed", s3.delete_object, Key="lock", IfMatch=etag)
    refused("304", s3.get_object, Key="lock", IfNoneMatch=s3.head_object(Bucket=BUCKET, Key="lock")["ETag"])
    assert read("lock") == b"3"


@check
def listings_page_by_page():
    keys = sorted("list/%d/key %02d ü" % (i % 3, i) for i in range(23))
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    for operation, name in (("list_objects_v2", "Contents"), ("list_objects", "Contents"), ("list_object_versions", "Versions")):
        pages = s3.get_paginator(operation).paginate(Bucket=BUCKET, Prefix="list/", PaginationConfig={"PageSize": 4})
        found = [entry["Key"] for page in pages for entry in page.get(name, [])]
        assert found == keys, (operation, found)
        pages = s3.get_paginator(operation).paginate(Bucket=BUCKET, Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": 2})
        folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        assert folders == ["list/0/", "list/1/", "list/2/"], (operation, folders)
    after = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", StartAfter=keys[19], FetchOwner=True)["Contents"]
    assert [entry["Key"] for entry in after] == keys[20:]
    assert all("Owner" in entry for entry in after)
    uploads = [s3.create_multipart_upload(Bucket=BUCKET, Key="begun/%d" % (i % 4))["UploadId"] for i in range(9)]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
    entries = [(entry["Key"], entry["UploadId"]) for page in pages for entry in page.get("Uploads", [])]
    assert sorted(entry[1] for entry in entries) == sorted(uploads), entries
    assert [entry[0] for entry in entries] == sorted(entry[0] for entry in entries)
    for key, upload in entries:
        s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)


@check
def transfer_manager():
    body = os.urandom(18 * MIB + 5)
    config = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "managed", Config=config, ExtraArgs={"Metadata": {"kind": "large"}})
    head = s3.head_object(Bucket=BUCKET, Key="managed")
    assert head["ETag"].endswith('-4"') and head["Metadata"] == {"kind": "large"}, head
    target = io.BytesIO()
    s3.download_fileobj(BUCKET, "managed", target, Config=config)
    assert target.getvalue() == body
    s3.copy({"Bucket": BUCKET, "Key": "managed"}, BUCKET, "managed copy", Config=config)
    assert read("managed copy") == body


def parts_of(upload, key, bodies, algorithm):
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        field = "Checksum" + algorithm
        parts.append({"PartNumber": number, "ETag": part["ETag"], field: part[field]})
    return parts


@check
def multipart_checksums():
    bodies = [os.urandom(5 * MIB), os.urandom(77)]
    for algorithm, kind in (("CRC32", "FULL_OBJECT"), ("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE")):
        key = "sum-%s-%s" % (algorithm, kind)
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key, ChecksumAlgorithm=algorithm, ChecksumType=kind)
        assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == (algorithm, kind)
        parts = parts_of(upload["UploadId"], key, bodies, algorithm)
        done = s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}, ChecksumType=kind)
        value = done["Checksum" + algorithm]
        assert value.endswith("-2") == (kind == "COMPOSITE"), value
        assert s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")["Checksum" + algorithm] == value
        attributes = s3.get_object_attributes(Bucket=BUCKET, Key=key, ObjectAttributes=["Checksum", "ObjectParts", "ObjectSize"])
        assert attributes["ObjectSize"] == 5 * MIB + 77, attributes
        assert attributes["ObjectParts"]["TotalPartsCount"] == 2, attributes
        assert read(key) == b"".join(bodies)


@check
def multipart_refusals():
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="refused")["UploadId"]
    small = [s3.upload_part(Bucket=BUCKET, Key="refused", UploadId=upload, PartNumber=n, Body=b"small") for n in (1, 2)]
    parts = [{"PartNumber": n, "ETag": part["ETag"]} for n, part in enumerate(small, 1)]
    arguments = {"Key": "refused", "UploadId": upload}
    refused("EntityTooSmall", s3.complete_multipart_upload, MultipartUpload={"Parts": parts}, **arguments)
    refused("InvalidPartOrder", s3.complete_multipart_upload, MultipartUpload={"Parts": parts[::-1]}, **arguments)
    refused("InvalidPart", s3.complete_multipart_upload, MultipartUpload={"Parts": [{"PartNumber": 9, "ETag": '"x"'}]}, **arguments)
    s3.abort_multipart_upload(Bucket=BUCKET, **arguments)
    refused("NoSuchUpload", s3.list_parts, **arguments)


@check
def copies():
    body = os.urandom(6 * MIB)
    s3.put_object(Bucket=BUCKET, Key="source ä", Body=body, ContentType="text/x", Metadata={"a": "1"})
    source = {"Bucket": BUCKET, "Key": "source ä"}
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
    assert read("copy") == body and s3.head_object(Bucket=BUCKET, Key="copy")["Metadata"] == {"a": "1"}
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    assert s3.head_object(Bucket=BUCKET, Key="copy")["Metadata"] == {"b": "2"}
    refused("PreconditionFailed", s3.copy_object, Key="copy", CopySource=source, CopySourceIfMatch='"no"')
    refused("InvalidRequest", s3.copy_object, Key="copy", CopySource={"Bucket": BUCKET, "Key": "copy"})
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="joined")["UploadId"]
    parts = []
    for number, span in enumerate(("bytes=0-%d" % (5 * MIB - 1), "bytes=%d-%d" % (5 * MIB, 6 * MIB - 1)), 1):
        part = s3.upload_part_copy(Bucket=BUCKET, Key="joined", UploadId=upload, PartNumber=number, CopySource=source, CopySourceRange=span)
        parts.append({"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(Bucket=BUCKET, Key="joined", UploadId=upload, MultipartUpload={"Parts": parts})
    assert read("joined") == body


@check
def presigned_links():
    for version in ("s3v4", "s3"):
        signer = boto3.client("s3", config=Config(signature_version=version))
        link = signer.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "linked ä"}, ExpiresIn=60)
        request = urllib.request.Request(link, data=version.encode(), method="PUT", headers={"content-type": ""})
        assert urllib.request.urlopen(request).status == 200
        link = signer.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "linked ä", "ResponseContentType": "text/y"}, ExpiresIn=60)
        with urllib.request.urlopen(link) as answer:
            assert answer.read() == version.encode() and answer.headers["content-type"] == "text/y"


@check
def streaming_bodies():
    class Unseekable(io.RawIOBase):
        """Bytes that come once, as from a pipe."""

        def __init__(self, body):
            self.inner = io.BytesIO(body)

        def readable(self):
            return True

        def seekable(self):
            return False

        def read(self, size=-1):
            return self.inner.read(size)

    body = os.urandom(9 * MIB)
    s3.upload_fileobj(Unseekable(body), BUCKET, "piped", Config=TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB))
    assert b"".join(s3.get_object(Bucket=BUCKET, Key="piped")["Body"].iter_chunks(100_000)) == body
    s3.put_object(Bucket=BUCKET, Key="from file", Body=io.BytesIO(body))
    assert read("from file") == body


@check
def deletions():
    keys = [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET) for entry in page.get("Contents", [])]
    assert len(keys) > 30
    refused("BucketNotEmpty", lambda Bucket: s3.delete_bucket(Bucket=Bucket))
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys + ["never there"]]})
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == sorted(keys + ["never there"])
    assert "Errors" not in answer
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    s3.delete_bucket(Bucket=BUCKET)
    refused("NoSuchBucket", s3.list_objects_v2)


def main():
    s3.create_bucket(Bucket=BUCKET)
    for function in CHECKS:
        error = None
        try:
            function()
        except Exception:
            error = traceback.format_exc()
        print(json.dumps({"name": function.__name__, "error": error}), flush=True)


sys.exit(main())
