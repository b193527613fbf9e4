import type { ResourceLookup, Value } from '../../../templates/index.ts';
import { RESOURCE_TYPES } from '../../../templates/index.ts';
import type { StackRecord } from '../state/stack-records.ts';
import type { EngineEnvironment } from './engine-environment.ts';
import { exportsOfOthers } from './exports.ts';
import { StackView } from './stack-view.ts';

/** A configuration of a stack against what the stack has now. Throws `TemplateError`. */
export function viewOf(
  environment: EngineEnvironment,
  stack: Pick<StackRecord, 'stackId' | 'stackName'>,
  configurationId: string,
  resources?: ResourceLookup,
): StackView {
  const { store, ports } = environment;
  return new StackView({
    configuration: store.configurations.get(configurationId)!,
    stackId: stack.stackId,
    stackName: stack.stackName,
    accountId: ports.accountId,
    region: ports.region,
    zones: ports.zones,
    resources: resources ?? madeResources(environment, stack.stackId),
    exports: exportsOfOthers(store, stack.stackId),
  });
}

/** What `Ref` and `Fn::GetAtt` give of the resources that exist. */
export function madeResources({ store }: EngineEnvironment, stackId: string): ResourceLookup {
  return {
    reference: (logicalId) => store.resource(stackId, logicalId)?.current?.physicalId,
    attribute: (logicalId, name) => {
      const current = store.resource(stackId, logicalId)?.current;
      if (current === undefined || !RESOURCE_TYPES.get(current.type)?.attributes.includes(name))
        return undefined;
      return (current.attributes[name] ?? '') as Value;
    },
  };
}
