/** A group with what belongs to it, the way such templates are written. */
export const WEB = `
Description: a group with its policy
Parameters:
  Size: {Type: Number, Default: 2}
  Type: {Type: String, Default: t3.micro}
  Secret: {Type: String, Default: s3cret, NoEcho: true}
Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Threshold: 80
      MetricName: CPUUtilization
      Namespace: AWS/EC2
      Period: 60
      Statistic: Average
      Dimensions: [{Name: AutoScalingGroupName, Value: !Ref Group}]
      AlarmActions: [!Ref Policy]
  Policy:
    Type: AWS::AutoScaling::ScalingPolicy
    Properties: {AutoScalingGroupName: !Ref Group, AdjustmentType: ChangeInCapacity, ScalingAdjustment: 1}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: '1'
      MaxSize: 4
      DesiredCapacity: !Ref Size
      AvailabilityZones: !GetAZs ''
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      TargetGroupARNs: [!Ref Targets]
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {ImageId: ami-1, InstanceType: !Ref Type, SecurityGroupIds: [!GetAtt Firewall.GroupId]}
  Firewall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80}}
Outputs:
  GroupName: {Value: !Ref Group, Export: {Name: !Sub "\${AWS::StackName}-group"}}
  Version: {Value: !GetAtt Template.LatestVersionNumber}
`;

/** Resources that need nobody. */
export const TOPICS = (names: readonly string[], display = 'x'): string =>
  JSON.stringify({
    Resources: Object.fromEntries(
      names.map((name) => [name, { Type: 'AWS::SNS::Topic', Properties: { DisplayName: display } }]),
    ),
  });
