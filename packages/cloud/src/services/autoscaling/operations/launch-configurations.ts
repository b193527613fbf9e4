/** Launch configurations. EC2 launches from templates only, so each has a template there that stands for it. */
import type {
  CreateLaunchConfigurationType,
  LaunchConfiguration,
  LaunchConfigurationNamesType,
  LaunchConfigurationNameType,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../../contract/service.ts';
import { launchConfigurationArn } from '../arns.ts';
import { checkName, invalid, required } from '../checks.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import type { LaunchConfigurationRecord } from '../launch-configuration-record.ts';
import { pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

export const MAX_LAUNCH_CONFIGURATIONS = 200;

export const launchConfigurationOperations: MakeOperations = (keeper) =>
  operationSet({
    CreateLaunchConfiguration: (input: CreateLaunchConfigurationType) => create(keeper, input),
    DescribeLaunchConfigurations: (input: LaunchConfigurationNamesType) => describe(keeper, input),
    DeleteLaunchConfiguration: (input: LaunchConfigurationNameType) => remove(keeper, input),
  });

async function create(keeper: GroupKeeper, input: CreateLaunchConfigurationType): Promise<void> {
  const name = checkName(input.LaunchConfigurationName, 'launchConfigurationName');
  if (input.InstanceId !== undefined) {
    throw invalid(
      'A launch configuration is not made from an instance here: give an ImageId and an InstanceType.',
    );
  }
  if (input.ImageId === undefined || input.InstanceType === undefined) {
    throw invalid(
      'Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.',
    );
  }
  refuseKnown(keeper, name);
  assertImage(keeper, input.ImageId);
  if (keeper.launchConfigurations.size >= MAX_LAUNCH_CONFIGURATIONS) {
    throw new AwsError(
      'LimitExceeded',
      `The account may have ${MAX_LAUNCH_CONFIGURATIONS} launch configurations, and has them.`,
    );
  }
  const id = keeper.newId();
  const answer = await keeper.ports.services.call<{ LaunchTemplate?: { LaunchTemplateId?: string } }>(
    'ec2',
    'CreateLaunchTemplate',
    { LaunchTemplateName: `launch-configuration-${id}`, LaunchTemplateData: templateData(input) },
  );
  const launchTemplateId = answer.LaunchTemplate!.LaunchTemplateId!;
  // While EC2 was asked, somebody else may have made it.
  refuseKnown(keeper, name);
  keeper.launchConfigurations.put(name, { id, createdMs: keeper.nowMs, input, launchTemplateId });
}

function assertImage(keeper: GroupKeeper, imageId: string): void {
  try {
    keeper.ports.compute.assertImage(imageId);
  } catch (error) {
    throw error instanceof AwsError ? invalid(error.message) : error;
  }
}

/** A name is taken once. */
function refuseKnown(keeper: GroupKeeper, name: string): void {
  if (keeper.launchConfigurations.get(name) !== undefined) {
    throw new AwsError(
      'AlreadyExists',
      `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
    );
  }
}

/** What both know; the rest is kept and shown. */
function templateData(input: CreateLaunchConfigurationType): object {
  const data = {
    ImageId: input.ImageId,
    InstanceType: input.InstanceType,
    KeyName: input.KeyName,
    UserData: input.UserData,
    EbsOptimized: input.EbsOptimized,
    SecurityGroupIds: input.SecurityGroups,
    BlockDeviceMappings: input.BlockDeviceMappings?.map(({ NoDevice, ...mapping }) => ({
      ...mapping,
      ...(NoDevice === true ? { NoDevice: '' } : {}),
    })),
    IamInstanceProfile: profileOf(input.IamInstanceProfile),
    Monitoring: input.InstanceMonitoring,
    MetadataOptions: input.MetadataOptions,
  };
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined && value !== ''));
}

function profileOf(profile: string | undefined): object | undefined {
  if (profile === undefined || profile === '') return undefined;
  return profile.startsWith('arn:') ? { Arn: profile } : { Name: profile };
}

async function remove(keeper: GroupKeeper, input: LaunchConfigurationNameType): Promise<void> {
  const name = required(input.LaunchConfigurationName, 'launchConfigurationName');
  const record = keeper.launchConfigurations.get(name);
  if (record === undefined) {
    throw invalid(`Launch configuration name not found - Launch configuration ${name} not found`);
  }
  const user = [...keeper.groups].find(([, { state }]) => {
    const { source } = state.settings;
    return source.kind === 'configuration' && source.name === name;
  });
  if (user !== undefined) {
    throw new AwsError(
      'ResourceInUse',
      `Cannot delete launch configuration ${name} because it is attached to AutoScalingGroup ${user[0]}`,
    );
  }
  keeper.launchConfigurations.delete(name);
  try {
    await keeper.ports.services.call('ec2', 'DeleteLaunchTemplate', {
      LaunchTemplateId: record.launchTemplateId,
    });
  } catch (error) {
    keeper.ports.log?.(
      `template of launch configuration ${name}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function describe(keeper: GroupKeeper, input: LaunchConfigurationNamesType) {
  const wanted = input.LaunchConfigurationNames ?? [];
  const all = [...keeper.launchConfigurations.entries()]
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([name, record]) => view(keeper, name, record));
  const { items, NextToken } = pageOf(all, (one) => one.LaunchConfigurationName!, input);
  return { LaunchConfigurations: items, NextToken };
}

function view(keeper: GroupKeeper, name: string, record: LaunchConfigurationRecord): LaunchConfiguration {
  const { InstanceId: _, ...shown } = record.input;
  return {
    KeyName: '',
    UserData: '',
    KernelId: '',
    RamdiskId: '',
    SecurityGroups: [],
    BlockDeviceMappings: [],
    InstanceMonitoring: { Enabled: true },
    EbsOptimized: false,
    ...shown,
    ImageId: shown.ImageId,
    InstanceType: shown.InstanceType,
    LaunchConfigurationName: name,
    LaunchConfigurationARN: launchConfigurationArn(keeper.ports, record.id, name),
    CreatedTime: new Date(record.createdMs),
  };
}
