/** What is said of templates themselves. */
import type {
  GetTemplateInput,
  GetTemplateSummaryInput,
  ValidateTemplateInput,
} from '@aws-sdk/client-cloudformation';
import type { OperationHandler } from '../../../contract/service.ts';
import type { ParameterDeclaration, Template } from '../../../templates/index.ts';
import { checkTemplate, parseTemplate, plainOf, RESOURCE_TYPES } from '../../../templates/index.ts';
import type { EngineEnvironment } from '../engine/engine-environment.ts';
import type { Configuration } from '../state/stack-records.ts';
import { type ChangeSetName, namedChangeSet } from './named-change-set.ts';
import { asValidation, noSuchStack, requiredText, validationError } from './operation-errors.ts';
import { neededCapabilities } from './prepare.ts';
import { templateText } from './template-text.ts';

export class TemplateOperations {
  readonly #environment: EngineEnvironment;

  constructor(environment: EngineEnvironment) {
    this.#environment = environment;
  }

  get operations(): Readonly<Record<string, OperationHandler>> {
    return {
      GetTemplate: (input: GetTemplateInput) => this.#get(input),
      GetTemplateSummary: (input: GetTemplateSummaryInput) => this.#summary(input),
      ValidateTemplate: (input: ValidateTemplateInput) => this.#validate(input),
    } as Readonly<Record<string, OperationHandler>>;
  }

  /** A stack that a change set has made for review has no template yet: an empty answer, as on AWS. */
  #get(input: GetTemplateInput): object {
    const configuration =
      input.ChangeSetName === undefined ? this.#ofStack(input.StackName) : this.#ofChangeSet(input);
    if (configuration === undefined) return { StagesAvailable: [] };
    return { TemplateBody: configuration.templateBody, StagesAvailable: ['Original', 'Processed'] };
  }

  #ofChangeSet(name: ChangeSetName): Configuration | undefined {
    const { store } = this.#environment;
    return store.configurations.get(namedChangeSet(store, name).configurationId);
  }

  #ofStack(stackName: string | undefined): Configuration | undefined {
    const { store } = this.#environment;
    const name = requiredText(stackName, 'stackName');
    const stack = store.findStack(name);
    if (stack === undefined) throw noSuchStack(name);
    const id = stack.configurationId ?? store.operations.get(stack.stackId)?.targetId;
    return store.configurations.get(id ?? '');
  }

  async #validate(input: ValidateTemplateInput): Promise<object> {
    const text = await templateText(input, this.#environment.ports);
    const template = await this.#checked(text);
    const { capabilities, types } = neededCapabilities(template);
    return {
      Description: template.description,
      Parameters: [...template.parameters.values()].map((parameter) => ({
        ParameterKey: parameter.name,
        DefaultValue: parameter.default,
        NoEcho: parameter.noEcho,
        Description: parameter.description,
      })),
      Capabilities: capabilities,
      CapabilitiesReason: reasonFor(types),
      DeclaredTransforms: template.transforms,
    };
  }

  async #checked(text: string | undefined): Promise<Template> {
    if (text === undefined) throw validationError('Either Template URL or Template Body must be specified.');
    return await asValidation(() => {
      const template = parseTemplate(text);
      checkTemplate(template, RESOURCE_TYPES);
      return template;
    });
  }

  async #summary(input: GetTemplateSummaryInput): Promise<object> {
    const given = await templateText(input, this.#environment.ports);
    const text = given ?? this.#ofStack(input.StackName)?.templateBody;
    if (text === undefined) throw validationError(`Stack ${input.StackName} has no template`);
    const template = await this.#checked(text);
    const { capabilities, types } = neededCapabilities(template);
    const resourceTypes = [...template.resources.values()].map(({ type }) => type);
    return {
      Description: template.description,
      Version: template.version,
      Metadata: template.metadata === undefined ? undefined : JSON.stringify(plainOf(template.metadata)),
      Parameters: [...template.parameters.values()].map(declaration),
      Capabilities: capabilities,
      CapabilitiesReason: reasonFor(types),
      ResourceTypes: [...new Set(resourceTypes)],
      DeclaredTransforms: template.transforms,
    };
  }
}

function reasonFor(types: readonly string[]): string | undefined {
  return types.length === 0
    ? undefined
    : `The following resource(s) require capabilities: [${types.join(', ')}]`;
}

function declaration(parameter: ParameterDeclaration): object {
  return {
    ParameterKey: parameter.name,
    DefaultValue: parameter.default,
    ParameterType: parameter.type,
    NoEcho: parameter.noEcho,
    Description: parameter.description,
    ParameterConstraints: { AllowedValues: parameter.allowedValues ?? [] },
  };
}
