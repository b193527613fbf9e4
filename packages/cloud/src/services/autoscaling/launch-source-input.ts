/** What a request says a group launches from. */
import type { LaunchTemplateSpecification, MixedInstancesPolicy } from '@aws-sdk/client-auto-scaling';
import type {
  LaunchOrigin,
  LaunchSource,
  PurchaseShares,
  TemplateReference,
  TypeOverride,
} from '@crescendo/scaling';
import { AwsError } from '../../contract/service.ts';
import { checkOneOf, checkRange, given, invalid } from './checks.ts';
import type { GroupKeeper } from './group-keeper.ts';
import { byId } from './template-reference.ts';

export interface SourceInput {
  readonly LaunchConfigurationName?: string | undefined;
  readonly LaunchTemplate?: LaunchTemplateSpecification | undefined;
  readonly MixedInstancesPolicy?: MixedInstancesPolicy | undefined;
  readonly InstanceId?: string | undefined;
}

const EXACTLY_ONE =
  'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.';

/** Undefined when the request says nothing about it. */
export function readSource(keeper: GroupKeeper, input: SourceInput): LaunchSource | undefined {
  const told = [
    input.LaunchConfigurationName,
    input.LaunchTemplate,
    input.MixedInstancesPolicy,
    input.InstanceId,
  ];
  const count = told.filter((one) => one !== undefined).length;
  if (count === 0) return undefined;
  if (count > 1) throw invalid(EXACTLY_ONE);
  if (input.InstanceId !== undefined) {
    throw invalid(
      'A group is not made from an instance here: give a LaunchTemplate or a LaunchConfigurationName.',
    );
  }
  if (input.LaunchTemplate !== undefined) {
    return { kind: 'template', template: readTemplate(keeper, input.LaunchTemplate) };
  }
  if (input.MixedInstancesPolicy !== undefined) return readMixed(keeper, input.MixedInstancesPolicy);
  const name = input.LaunchConfigurationName!;
  if (keeper.launchConfigurations.get(name) === undefined) {
    throw invalid(
      `Launch configuration name not found - A launch configuration with the name: ${name} does not exist`,
    );
  }
  return { kind: 'configuration', name };
}

export function requireSource(source: LaunchSource | undefined): LaunchSource {
  if (source === undefined) throw invalid(EXACTLY_ONE);
  return source;
}

/** A template that exists, with its id and its name. */
function readTemplate(keeper: GroupKeeper, input: LaunchTemplateSpecification): TemplateReference {
  const { LaunchTemplateId, LaunchTemplateName, Version } = input;
  if ((LaunchTemplateId === undefined) === (LaunchTemplateName === undefined)) {
    throw invalid('Valid requests must contain either launchTemplateId or LaunchTemplateName');
  }
  const reference = given({
    launchTemplateId: LaunchTemplateId,
    launchTemplateName: LaunchTemplateName,
    version: Version ?? '$Default',
  });
  const found = resolveTemplate(keeper, reference as TemplateReference);
  if (found.imageId !== undefined) assertImage(keeper, found.imageId);
  return {
    launchTemplateId: found.launchTemplateId,
    launchTemplateName: found.launchTemplateName,
    version: Version ?? '$Default',
  };
}

function resolveTemplate(keeper: GroupKeeper, reference: TemplateReference) {
  return wellFormed(() => keeper.ports.compute.resolveLaunchTemplate(byId(reference)));
}

/** An image that is missing is told before anything is launched, as AWS tells it; launches that failed would tell it late. */
function assertImage(keeper: GroupKeeper, imageId: string): void {
  wellFormed(() => keeper.ports.compute.assertImage(imageId));
}

function wellFormed<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalid(`You must use a valid fully-formed launch template. ${error.message}`);
  }
}

/** What the source gives now. */
export function originOf(keeper: GroupKeeper, source: LaunchSource): LaunchOrigin {
  if (source.kind === 'configuration') {
    const createdMs = keeper.launchConfigurations.get(source.name)?.createdMs ?? 0;
    return { kind: 'configuration', name: source.name, createdMs };
  }
  const { launchTemplateId, launchTemplateName, version } = resolveTemplate(keeper, source.template);
  return { kind: 'template', launchTemplateId, launchTemplateName, version };
}

function readMixed(keeper: GroupKeeper, policy: MixedInstancesPolicy): LaunchSource {
  const specification = policy.LaunchTemplate?.LaunchTemplateSpecification;
  if (specification === undefined) {
    throw invalid('MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification is required.');
  }
  const overrides = (policy.LaunchTemplate?.Overrides ?? []).map((override): TypeOverride => {
    if (override.InstanceRequirements !== undefined && override.InstanceType === undefined) {
      throw invalid(
        'Instance types are not chosen by InstanceRequirements here: give each override an InstanceType.',
      );
    }
    return given({
      instanceType: override.InstanceType,
      template:
        override.LaunchTemplateSpecification === undefined
          ? undefined
          : readTemplate(keeper, override.LaunchTemplateSpecification),
    }) as TypeOverride;
  });
  return {
    kind: 'mixed',
    template: readTemplate(keeper, specification),
    overrides,
    shares: readShares(policy),
  };
}

function readShares({ InstancesDistribution: distribution = {} }: MixedInstancesPolicy): PurchaseShares {
  const strategies = ['prioritized', 'lowest-price'] as const;
  return {
    onDemandBase: checkRange(distribution.OnDemandBaseCapacity, 'OnDemandBaseCapacity', 0, 100_000) ?? 0,
    onDemandPercentAboveBase:
      checkRange(
        distribution.OnDemandPercentageAboveBaseCapacity,
        'OnDemandPercentageAboveBaseCapacity',
        0,
        100,
      ) ?? 100,
    onDemandStrategy:
      checkOneOf(distribution.OnDemandAllocationStrategy, 'OnDemandAllocationStrategy', strategies) ??
      'prioritized',
    spotStrategy: distribution.SpotAllocationStrategy ?? 'lowest-price',
  };
}
