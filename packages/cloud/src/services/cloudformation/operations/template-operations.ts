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

  #get({ StackName, ChangeSetName }: GetTemplateInput): object {
    const configuration = this.#configuration(StackName, ChangeSetName);
    return { TemplateBody: configuration.templateBody, StagesAvailable: ['Original', 'Processed'] };
  }

  #configuration(stackName: string | undefined, changeSetName: string | undefined): Configuration {
    const { store } = this.#environment;
    const changeSet = [...store.changeSets.entries()]
      .map(([, one]) => one)
      .find(
        (one) => changeSetName !== undefined && [one.changeSetId, one.changeSetName].includes(changeSetName),
      );
    const name = requiredText(stackName ?? changeSet?.stackId, 'stackName');
    const stack = store.findStack(name);
    if (stack === undefined) throw noSuchStack(name);
    const operation = store.operations.get(stack.stackId);
    const id = changeSet?.configurationId ?? stack.configurationId ?? operation?.targetId;
    const configuration = store.configurations.get(id ?? '');
    if (configuration === undefined) throw validationError(`Stack ${stack.stackName} has no template`);
    return configuration;
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
    const text = given ?? this.#configuration(input.StackName, undefined).templateBody;
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
