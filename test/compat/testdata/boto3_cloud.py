"""Drives the control plane through boto3. Prints one line of JSON for each check: {"name": ..., "error": null or text}.

The endpoint and the keys come from the environment.
"""

import datetime
import json
import sys
import time
import traceback
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return error
    raise AssertionError(f"{code} was expected")


@check
def metrics():
    cloudwatch = boto3.client("cloudwatch")
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    dimensions = [{"Name": "Host", "Value": "a"}]
    points = [{"MetricName": "m", "Dimensions": dimensions, "Timestamp": now, "Value": value} for value in (1.5, 2.5)]
    cloudwatch.put_metric_data(Namespace="Boto", MetricData=points)
    answer = cloudwatch.get_metric_statistics(
        Namespace="Boto",
        MetricName="m",
        Dimensions=dimensions,
        StartTime=now - datetime.timedelta(minutes=5),
        EndTime=now + datetime.timedelta(minutes=5),
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )
    assert sum(point["Sum"] for point in answer["Datapoints"]) % 4 == 0, answer
    missing = refused("ResourceNotFound", cloudwatch.get_dashboard, DashboardName="none")
    assert isinstance(missing, cloudwatch.exceptions.ResourceNotFound), type(missing)


@check
def queues():
    sqs = boto3.resource("sqs")
    client = sqs.meta.client
    dead = sqs.create_queue(QueueName="boto-dead.fifo", Attributes={"FifoQueue": "true"})
    policy = {"deadLetterTargetArn": dead.attributes["QueueArn"], "maxReceiveCount": 1}
    jobs = sqs.create_queue(
        QueueName="boto.fifo",
        Attributes={
            "FifoQueue": "true",
            "ContentBasedDeduplication": "true",
            "VisibilityTimeout": "0",
            "RedrivePolicy": json.dumps(policy),
        },
    )
    attributes = {"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sent = jobs.send_message(MessageBody="é <&>", MessageGroupId="g", MessageAttributes=attributes)
    assert jobs.send_message(MessageBody="é <&>", MessageGroupId="g")["MessageId"] == sent["MessageId"]
    [message] = jobs.receive_messages(WaitTimeSeconds=5, MessageAttributeNames=["All"], AttributeNames=["All"])
    assert message.body == "é <&>" and message.message_attributes["b"]["BinaryValue"] == b"\x00\xff", message.body
    assert message.attributes["SequenceNumber"] == sent["SequenceNumber"], message.attributes
    assert jobs.receive_messages() == []
    [letter] = dead.receive_messages(AttributeNames=["DeadLetterQueueSourceArn"])
    assert letter.attributes["DeadLetterQueueSourceArn"] == jobs.attributes["QueueArn"], letter.attributes
    letter.change_visibility(VisibilityTimeout=60)
    letter.delete()
    assert [queue.url for queue in dead.dead_letter_source_queues.all()] == [jobs.url]
    missing = refused("AWS.SimpleQueueService.NonExistentQueue", client.get_queue_url, QueueName="none")
    assert isinstance(missing, client.exceptions.QueueDoesNotExist), type(missing)
    refused("InvalidParameterValue", jobs.receive_messages, MaxNumberOfMessages=11)


@check
def parameters_page_by_page():
    ssm = boto3.client("ssm")
    for number in range(13):
        ssm.put_parameter(Name=f"/boto/{number:02}", Value=str(number), Type="String")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/boto")
    assert [one["Value"] for page in pages for one in page["Parameters"]] == [str(number) for number in range(13)]
    refused("ParameterAlreadyExists", ssm.put_parameter, Name="/boto/00", Value="x", Type="String")
    refused("ParameterNotFound", ssm.get_parameter, Name="/boto/99")
    try:
        ssm.get_parameter(Name="/boto/99")
    except ssm.exceptions.ParameterNotFound:
        pass


@check
def instances():
    ec2 = boto3.resource("ec2")
    [instance] = ec2.create_instances(ImageId="ami-minimal", InstanceType="t3.nano", MinCount=1, MaxCount=1)
    instance.wait_until_running()
    instance.create_tags(Tags=[{"Key": "purpose", "Value": "a & b <c>"}])
    instance.reload()
    assert {"Key": "purpose", "Value": "a & b <c>"} in instance.tags
    instance.terminate()
    instance.wait_until_terminated()
    refused("InvalidInstanceID.NotFound", boto3.client("ec2").describe_instances, InstanceIds=["i-00000000000000000"])


@check
def groups():
    autoscaling = boto3.client("autoscaling")
    boto3.client("ec2").create_launch_template(
        LaunchTemplateName="boto", LaunchTemplateData={"ImageId": "ami-minimal", "InstanceType": "t3.nano"}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="boto",
        MinSize=0,
        MaxSize=2,
        LaunchTemplate={"LaunchTemplateName": "boto"},
        AvailabilityZones=["us-east-1a"],
        Tags=[{"Key": "k", "Value": "v", "PropagateAtLaunch": True}],
    )
    [group] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["boto"])["AutoScalingGroups"]
    assert (group["MinSize"], group["MaxSize"], group["Instances"]) == (0, 2, [])
    assert group["Tags"][0]["Key"] == "k"
    refused("AlreadyExists", autoscaling.create_auto_scaling_group, AutoScalingGroupName="boto", MinSize=0, MaxSize=1, LaunchTemplate={"LaunchTemplateName": "boto"}, AvailabilityZones=["us-east-1a"])
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="boto", ForceDelete=True)


@check
def stacks():
    cloudformation = boto3.client("cloudformation")
    refused("ValidationError", cloudformation.describe_stacks, StackName="none")
    template = {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}}
    cloudformation.create_stack(StackName="boto", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="boto", WaiterConfig={"Delay": 1})
    cloudformation.delete_stack(StackName="boto")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="boto", WaiterConfig={"Delay": 1})


@check
def tables():
    dynamodb, client = boto3.resource("dynamodb"), boto3.client("dynamodb")
    table = dynamodb.create_table(
        TableName="boto",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "kind", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "kinds", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    item = {"id": "a", "kind": "x", "n": Decimal("1.50"), "b": Binary(b"\x00\xff"), "s": {"p", "q"}, "m": {"l": [True, None]}}
    table.put_item(Item=item)
    assert table.get_item(Key={"id": "a"})["Item"] == item | {"n": Decimal("1.5")}
    with table.batch_writer() as batch:
        for n in range(60):
            batch.put_item(Item={"id": f"b{n}", "kind": "y"})
    pages = client.get_paginator("query").paginate(
        TableName="boto",
        IndexName="kinds",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "y"}},
        PaginationConfig={"PageSize": 7},
    )
    assert sorted(one["id"]["S"] for page in pages for one in page["Items"]) == sorted(f"b{n}" for n in range(60))
    assert table.query(IndexName="kinds", KeyConditionExpression=Key("kind").eq("y"), FilterExpression=Attr("id").begins_with("b1"))["Count"] == 11
    counted = table.update_item(
        Key={"id": "a"}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}, ReturnValues="UPDATED_NEW"
    )
    assert counted["Attributes"] == {"n": Decimal("2.5")}
    refused("ConditionalCheckFailedException", table.put_item, Item={"id": "a"}, ConditionExpression=Attr("id").not_exists())
    refused("ValidationException", table.put_item, Item={"kind": "x"})
    check = {"TableName": "boto", "Key": {"id": {"S": "none"}}, "ConditionExpression": "attribute_exists(id)"}
    error = refused("TransactionCanceledException", client.transact_write_items, TransactItems=[{"ConditionCheck": check}])
    assert error.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed", error.response
    table.delete()
    table.wait_until_not_exists()
    refused("ResourceNotFoundException", client.scan, TableName="boto")


def eventually(test, seconds=60):
    """The first true answer; what is still false at the end fails."""
    end = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


@check
def what_terraform_asks():
    """The calls of its provider: data sources, a group in two phases around a hook, waits for capacity, a destroy that drains."""
    ec2, scaling = boto3.client("ec2"), boto3.client("autoscaling")
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"]
    for attribute in ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics"):
        ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=attribute)
    of_vpc = {"Name": "vpc-id", "Values": [vpc["VpcId"]]}
    assert ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}, of_vpc])["RouteTables"]
    subnets = ",".join(one["SubnetId"] for one in ec2.describe_subnets(Filters=[of_vpc])["Subnets"])
    [image] = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*"]}])["Images"]
    data = {"ImageId": image["ImageId"], "InstanceType": "t3.micro", "UserData": "", "Monitoring": {"Enabled": True}}
    template = ec2.create_launch_template(LaunchTemplateName="terraform", LaunchTemplateData=data)["LaunchTemplate"]
    by_id = {"LaunchTemplateId": template["LaunchTemplateId"]}
    [version] = ec2.describe_launch_template_versions(Versions=["1"], **by_id)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"] == data, version
    name = {"AutoScalingGroupName": "terraform"}
    empty = {"MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0}
    scaling.create_auto_scaling_group(LaunchTemplate={**by_id, "Version": "$Latest"}, VPCZoneIdentifier=subnets, **name, **empty)
    hook = {"LifecycleHookName": "launch", **name}
    scaling.put_lifecycle_hook(LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING", **hook)
    scaling.update_auto_scaling_group(MinSize=1, MaxSize=2, DesiredCapacity=2, **name)

    def group():
        return scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["terraform"])["AutoScalingGroups"][0]

    def complete():
        instances = group()["Instances"]
        for one in instances:
            if one["LifecycleState"] == "Pending:Wait":
                scaling.complete_lifecycle_action(InstanceId=one["InstanceId"], LifecycleActionResult="CONTINUE", **hook)
        return sum(one["LifecycleState"] == "InService" and one["HealthStatus"] == "Healthy" for one in instances) == 2

    eventually(complete)
    activities = scaling.get_paginator("describe_scaling_activities").paginate(**name)
    assert {one["StatusCode"] for page in activities for one in page["Activities"]} == {"Successful"}
    assert group()["VPCZoneIdentifier"] == subnets
    scaling.update_auto_scaling_group(**name, **empty)
    eventually(lambda: not group()["Instances"])
    scaling.delete_auto_scaling_group(**name)
    eventually(lambda: not scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["terraform"])["AutoScalingGroups"])
    assert "not found" in str(refused("ValidationError", scaling.describe_scaling_activities, **name))
    ec2.delete_launch_template(**by_id)
    refused("InvalidLaunchTemplateId.NotFound", ec2.describe_launch_template_versions, Versions=["1"], **by_id)


@check
def credentials_inside_an_instance():
    """Neither keys nor files: the instance's metadata service has them, also where it wants a session token."""
    ec2 = boto3.client("ec2")
    script = f"""#!/bin/sh
{sys.executable} -c 'import boto3; print("boto3", boto3.client("sts").get_caller_identity()["Arn"])'
{sys.executable} -m awscli sts get-caller-identity --query Arn --output text
echo over
"""
    launched = ec2.run_instances(
        ImageId="ami-minimal", MinCount=1, MaxCount=1, UserData=script, MetadataOptions={"HttpTokens": "required"}
    )
    instance = launched["Instances"][0]["InstanceId"]
    arn = boto3.client("sts").get_caller_identity()["Arn"]

    def said():
        console = ec2.get_console_output(InstanceId=instance, Latest=True).get("Output", "")
        return console if console.rstrip().endswith("over") else None

    console = eventually(said)
    assert f"boto3 {arn}\n" in console, console
    assert f"\n{arn}\n" in console or "No module named awscli" in console, console
    ec2.terminate_instances(InstanceIds=[instance])


for function in CHECKS:
    try:
        function()
        error = None
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({"name": function.__name__, "error": error}), flush=True)
