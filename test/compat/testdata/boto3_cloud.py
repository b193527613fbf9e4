"""Drives the control plane through boto3. Prints one line of JSON for each check: {"name": ..., "error": null or text}.

The endpoint and the keys come from the environment.
"""

import datetime
import json
import traceback

import boto3
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


for function in CHECKS:
    try:
        function()
        error = None
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({"name": function.__name__, "error": error}), flush=True)
