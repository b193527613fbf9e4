/** Which shapes the wire knows: whole services where they are small, chosen operations where they are not. */
import type { ShapeSource } from './extract-shapes.ts';

/** By the service's name in signatures; `npm run aws-shapes` writes `NAME.shapes` for each. */
export const SHAPE_SOURCES: Readonly<Record<string, ShapeSource>> = {
  autoscaling: { client: '@aws-sdk/client-auto-scaling', operations: 'all' },
  cloudformation: { client: '@aws-sdk/client-cloudformation', operations: 'all' },
  dynamodb: { client: '@aws-sdk/client-dynamodb', operations: 'all' },
  'streams.dynamodb': { client: '@aws-sdk/client-dynamodb-streams', operations: 'all' },
  monitoring: { client: '@aws-sdk/client-cloudwatch', operations: 'all' },
  sns: { client: '@aws-sdk/client-sns', operations: 'all' },
  sqs: {
    client: '@aws-sdk/client-sqs',
    operations: 'all',
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  },
  sts: { client: '@aws-sdk/client-sts', operations: 'all' },
  ssm: {
    client: '@aws-sdk/client-ssm',
    operations: [
      'AddTagsToResource',
      'DeleteParameter',
      'DeleteParameters',
      'DescribeParameters',
      'GetParameter',
      'GetParameterHistory',
      'GetParameters',
      'GetParametersByPath',
      'LabelParameterVersion',
      'ListTagsForResource',
      'PutParameter',
      'RemoveTagsFromResource',
      'UnlabelParameterVersion',
    ],
  },
  ec2: { client: '@aws-sdk/client-ec2', operations: ec2Operations() },
};

/** What templates, groups, Terraform's plans and people at a command line ask of a machine room. */
function ec2Operations(): string[] {
  const names = `
    AllocateAddress AssociateAddress AssociateIamInstanceProfile AssociateRouteTable AttachInternetGateway AttachVolume
    AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CancelSpotInstanceRequests CreateDefaultSubnet CreateDefaultVpc
    CreateImage CreateInternetGateway CreateKeyPair CreateLaunchTemplate CreateLaunchTemplateVersion CreatePlacementGroup CreateRoute
    CreateRouteTable CreateSecurityGroup CreateSnapshot CreateSubnet CreateTags CreateVolume CreateVpc DeleteInternetGateway
    DeleteKeyPair DeleteLaunchTemplate DeleteLaunchTemplateVersions DeletePlacementGroup DeleteRoute DeleteRouteTable
    DeleteSecurityGroup DeleteSnapshot DeleteSubnet DeleteTags DeleteVolume DeleteVpc DeregisterImage DescribeAccountAttributes
    DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeDhcpOptions DescribeIamInstanceProfileAssociations DescribeImageAttribute
    DescribeImages DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstanceStatus
    DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances DescribeInternetGateways DescribeKeyPairs
    DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePlacementGroups
    DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSnapshots
    DescribeSpotInstanceRequests DescribeSpotPriceHistory DescribeSubnets DescribeTags DescribeVolumeAttribute DescribeVolumeStatus
    DescribeVolumes DescribeVolumesModifications DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs DetachInternetGateway DetachVolume
    DisassociateAddress DisassociateIamInstanceProfile DisassociateRouteTable GetConsoleOutput GetEbsEncryptionByDefault
    GetInstanceMetadataDefaults GetLaunchTemplateData ImportKeyPair ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyLaunchTemplate
    ModifySecurityGroupRules ModifySubnetAttribute ModifyVolume ModifyVolumeAttribute ModifyVpcAttribute MonitorInstances
    RebootInstances RegisterImage ReleaseAddress RequestSpotInstances RevokeSecurityGroupEgress RevokeSecurityGroupIngress
    RunInstances StartInstances StopInstances TerminateInstances UnmonitorInstances UpdateSecurityGroupRuleDescriptionsEgress
    UpdateSecurityGroupRuleDescriptionsIngress`;
  return names.trim().split(/\s+/);
}
