/** From a request to a configuration that has been looked through: everything that can be wrong before anything is made is wrong here. */
import type { Parameter } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../../contract/service.ts';
import type { Template } from '../../../templates/index.ts';
import {
  assertRules,
  assertTypesDone,
  checkTemplate,
  chooseParameters,
  parseTemplate,
  RESOURCE_TYPES,
  resolveParameters,
  storedNames,
} from '../../../templates/index.ts';
import type { EngineEnvironment } from '../engine/engine-environment.ts';
import { viewOf } from '../engine/view-of.ts';
import { uuid } from '../state/identifiers.ts';
import type { Configuration, StackRecord, Tag } from '../state/stack-records.ts';
import { asValidation, validationError } from './operation-errors.ts';
import { templateText } from './template-text.ts';

/** What CreateStack, UpdateStack and CreateChangeSet have in common. */
export interface ConfigurationRequest {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
  readonly UsePreviousTemplate?: boolean | undefined;
  readonly Parameters?: readonly Parameter[] | undefined;
  readonly Capabilities?: readonly string[] | undefined;
  readonly Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  readonly NotificationARNs?: readonly string[] | undefined;
}

const MOST_TAGS = 50;

/**
 * Every template of AWS's CDK asks for the version of the account's bootstrap stack, whether it uses anything of it or not. There is
 * none here; what does use it names its bucket or roles, and fails there.
 */
const BOOTSTRAP_VERSION = /^\/cdk-bootstrap\/[^/]+\/version$/;
const ENOUGH_BOOTSTRAP = '999';

/** Writes the configuration and returns it. `previous` is what the stack has now. */
export async function prepareConfiguration(
  environment: EngineEnvironment,
  request: ConfigurationRequest,
  stack: Pick<StackRecord, 'stackId' | 'stackName'>,
  previous: Configuration | undefined,
): Promise<Configuration> {
  const { ports, store } = environment;
  const templateBody =
    request.UsePreviousTemplate === true ? previous?.templateBody : await templateText(request, ports);
  if (templateBody === undefined)
    throw validationError('Either Template URL or Template Body must be specified.');
  const template = await asValidation(() => {
    const parsed = parseTemplate(templateBody, givenTexts(request, previous));
    checkTemplate(parsed, RESOURCE_TYPES);
    return parsed;
  });
  assertCapabilities(template, request.Capabilities ?? []);
  const configuration: Configuration = {
    configurationId: uuid(ports.random),
    templateBody,
    parameters: await asValidation(() =>
      parametersOf(environment, template, request.Parameters ?? [], previous),
    ),
    tags: request.Tags === undefined ? (previous?.tags ?? []) : tagsOf(request.Tags),
    capabilities: [...(request.Capabilities ?? [])],
    notificationArns: [...(request.NotificationARNs ?? previous?.notificationArns ?? [])],
  };
  store.configurations.put(configuration.configurationId, configuration);
  try {
    await asValidation(() => lookThrough(environment, configuration, stack));
  } catch (error) {
    store.configurations.delete(configuration.configurationId);
    throw error;
  }
  return configuration;
}

/** Works everything out that does not hang on resources which do not exist yet. */
function lookThrough(
  environment: EngineEnvironment,
  { configurationId }: Configuration,
  stack: Pick<StackRecord, 'stackId' | 'stackName'>,
): void {
  const view = viewOf(environment, stack, configurationId);
  assertTypesDone(view.template, RESOURCE_TYPES, view.live);
  assertRules(view.template, view.scope);
  view.graph();
  for (const logicalId of view.live) view.evaluate(logicalId);
  view.outputs();
}

/** What the request gives of parameters, and what the stack has of the others. */
function givenTexts(
  { Parameters = [] }: ConfigurationRequest,
  previous: Configuration | undefined,
): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(previous?.parameters ?? {}).map(([name, { given }]) => [name, given] as const),
    ...Parameters.flatMap(({ ParameterKey = '', ParameterValue }) =>
      ParameterValue === undefined ? [] : [[ParameterKey, ParameterValue] as const],
    ),
  ]);
}

async function parametersOf(
  environment: EngineEnvironment,
  template: Template,
  given: readonly Parameter[],
  previous: Configuration | undefined,
): Promise<Configuration['parameters']> {
  const wanted = new Map(
    given.map(({ ParameterKey, ParameterValue, UsePreviousValue }) => [
      ParameterKey ?? '',
      {
        ...(ParameterValue !== undefined && { value: ParameterValue }),
        ...(UsePreviousValue === true && { usePrevious: true }),
      },
    ]),
  );
  const before = new Map(Object.entries(previous?.parameters ?? {}).map(([name, one]) => [name, one.given]));
  const chosen = chooseParameters(template, wanted, before);
  const stored = await storedValues(environment, storedNames(template, chosen));
  const values = resolveParameters(template, chosen, stored);
  return Object.fromEntries(
    [...values].map(([name, { given: text, resolved }]) => [
      name,
      { given: text, ...(resolved !== undefined && { resolved }) },
    ]),
  );
}

/** What the parameter store holds under the names; absent ones are left out. */
async function storedValues(
  { ports }: EngineEnvironment,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    try {
      const answer = await ports.caller.call<{ Parameter?: { Value?: string } }>('ssm', 'GetParameter', {
        Name: name,
      });
      if (answer.Parameter?.Value !== undefined) found.set(name, answer.Parameter.Value);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (BOOTSTRAP_VERSION.test(name)) found.set(name, ENOUGH_BOOTSTRAP);
    }
  }
  return found;
}

/** The capabilities that the template needs, and the types that need them. */
export function neededCapabilities(template: Template): {
  readonly capabilities: string[];
  readonly types: string[];
} {
  const iam = [...template.resources.values()].filter(
    ({ type }) => RESOURCE_TYPES.get(type)?.iamName !== undefined,
  );
  if (iam.length === 0) return { capabilities: [], types: [] };
  const named = iam.some(
    ({ type, properties }) => properties?.entries.has(RESOURCE_TYPES.get(type)!.iamName!) === true,
  );
  return {
    capabilities: [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    types: [...new Set(iam.map(({ type }) => type))].sort(),
  };
}

function assertCapabilities(template: Template, given: readonly string[]): void {
  const { capabilities } = neededCapabilities(template);
  const missing = capabilities.filter(
    (one) => !given.includes(one) && !(one === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM')),
  );
  if (missing.length > 0)
    throw new AwsError(
      'InsufficientCapabilitiesException',
      `Requires capabilities : [${missing.join(', ')}]`,
    );
}

function tagsOf(given: NonNullable<ConfigurationRequest['Tags']>): Tag[] {
  const tags = given.map(({ Key, Value }) => ({ Key: Key ?? '', Value: Value ?? '' }));
  if (tags.length > MOST_TAGS)
    throw validationError(`A stack can have at most ${MOST_TAGS} tags, and ${tags.length} are given`);
  const keys = tags.map(({ Key }) => Key);
  const wrong = keys.find((key) => key === '' || key.length > 128 || key.startsWith('aws:'));
  if (wrong !== undefined)
    throw validationError(
      `"${wrong}" is no key of a tag: it needs 1 to 128 characters and must not begin with aws:`,
    );
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw validationError(`Tag keys must be unique; ${twice} is given twice`);
  return tags;
}
