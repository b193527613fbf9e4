/**
 * A configuration of a stack, worked out against the resources that the stack has: what the engine and the change sets see. Resources
 * that are still to be made are unknown.
 */
import type {
  DependencyGraph,
  EvaluatedResource,
  ResourceLookup,
  Scope,
  Template,
  Value,
} from '../../../templates/index.ts';
import {
  assertOutputText,
  chooseParameters,
  dependencyGraph,
  evaluate,
  evaluateResource,
  liveResources,
  parseTemplate,
  RESOURCE_TYPES,
  resolveParameters,
  templateScope,
  UNKNOWN,
} from '../../../templates/index.ts';
import type { Configuration, OutputRecord } from '../state/stack-records.ts';

export interface ViewInputs {
  readonly configuration: Configuration;
  readonly stackId: string;
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly resources: ResourceLookup;
  /** What other stacks export. */
  readonly exports: ReadonlyMap<string, string>;
}

export class StackView {
  readonly template: Template;
  readonly scope: Scope;
  /** Logical ids whose condition holds. */
  readonly live: readonly string[];
  /** Names that were asked of other stacks so far. */
  readonly imports = new Set<string>();

  /** Throws `TemplateError`. */
  constructor(inputs: ViewInputs) {
    const { configuration, region, zones } = inputs;
    this.template = parseTemplate(configuration.templateBody, givenTexts(configuration));
    const scope = templateScope({
      template: this.template,
      parameters: parameterValues(this.template, configuration),
      environment: {
        accountId: inputs.accountId,
        region,
        stackId: inputs.stackId,
        stackName: inputs.stackName,
        notificationArns: configuration.notificationArns,
      },
      resources: inputs.resources,
      exports: inputs.exports,
      zones: (asked) => (asked === region ? zones : zones.map((zone) => asked + zone.slice(region.length))),
    });
    this.scope = {
      ...scope,
      imported: (name) => {
        this.imports.add(name);
        return scope.imported(name);
      },
    };
    this.live = liveResources(this.template, this.scope);
  }

  graph(): DependencyGraph {
    return dependencyGraph(this.template, this.live, this.scope);
  }

  evaluate(logicalId: string): EvaluatedResource {
    const declared = this.template.resources.get(logicalId)!;
    return evaluateResource(declared, RESOURCE_TYPES.get(declared.type)!, this.scope);
  }

  /** Those that cannot be known yet are left out. */
  outputs(): OutputRecord[] {
    return [...this.template.outputs.values()].flatMap((output) => {
      const path = `Outputs.${output.name}`;
      if (output.condition !== undefined && !this.scope.condition(output.condition, path, output.at))
        return [];
      const value = evaluate(output.value, this.scope, `${path}.Value`);
      const exportName = output.exportName && evaluate(output.exportName, this.scope, `${path}.Export.Name`);
      if (value === UNKNOWN || exportName === UNKNOWN) return [];
      return [
        {
          key: output.name,
          value: assertOutputText(value, `${path}.Value`, output.at),
          ...(output.description !== undefined && { description: output.description }),
          ...(exportName !== undefined && {
            exportName: assertOutputText(exportName, `${path}.Export.Name`, output.at),
          }),
        },
      ];
    });
  }
}

function givenTexts({ parameters }: Configuration): ReadonlyMap<string, string> {
  return new Map(Object.entries(parameters).map(([name, { given }]) => [name, given]));
}

function parameterValues(
  template: Template,
  configuration: Configuration,
): ReadonlyMap<string, string | readonly string[]> {
  const given = Object.entries(configuration.parameters);
  const chosen = chooseParameters(
    template,
    new Map(given.map(([name, one]) => [name, { value: one.given }])),
    new Map(),
  );
  const stored = given.flatMap(([, one]) =>
    one.resolved === undefined ? [] : [[one.given, one.resolved] as const],
  );
  const values = resolveParameters(template, chosen, new Map(stored));
  return new Map([...values].map(([name, { value }]) => [name, value]));
}

/** For a lookup over what was made: undefined becomes unknown by itself. */
export function asValue(value: unknown): Value | undefined {
  return value as Value | undefined;
}
