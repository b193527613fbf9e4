/** The services of one cloud, by their names, and how an operation is found and run: for clients behind a wire and for other services. */
import {
  AwsError,
  type AwsService,
  INTERNAL_CALLER,
  type RequestContext,
  type ServiceCaller,
} from '../contract/service.ts';
import { checkedInput } from './shape-check.ts';
import { loadShapes, type OperationShapes, type ServiceShapes } from './shapes/service-shapes.ts';
import { WireError, wordingOf } from './wire-error.ts';

export interface RegistryOptions {
  readonly accountId: string;
  readonly region: string;
  readonly nowMs: () => number;
  readonly requestId: () => string;
}

export interface FoundOperation {
  readonly service: AwsService;
  readonly shapes: ServiceShapes;
  readonly operation: OperationShapes;
}

export class ServiceRegistry implements ServiceCaller {
  readonly #options: RegistryOptions;
  readonly #services = new Map<string, AwsService>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Services may be added after others that call them were made. */
  add(service: AwsService): void {
    if (this.#services.has(service.signingName))
      throw new Error(`the service ${service.signingName} is there twice`);
    const shapes = loadShapes(service.signingName);
    const unknown = Object.keys(service.operations).filter((name) => shapes.operation(name) === undefined);
    if (unknown.length > 0) {
      throw new Error(
        `${service.signingName}.shapes lacks ${unknown.join(', ')}: name them in shape-sources.ts and run npm run aws-shapes`,
      );
    }
    this.#services.set(service.signingName, service);
  }

  get names(): readonly string[] {
    return [...this.#services.keys()].sort();
  }

  /** The service that targets and paths call so. */
  byTarget(target: string): string | undefined {
    return this.names.find((name) => loadShapes(name).settings.serviceTarget === target);
  }

  /** What requests to the service are signed for as. */
  scopeOf(name: string): string {
    return this.#services.get(name)?.scope ?? name;
  }

  /** What the service asks for; undefined when it asks for nothing, or is not there. */
  maxBodyBytes(signingName: string | undefined): number | undefined {
    return signingName === undefined ? undefined : this.#services.get(signingName)?.maxBodyBytes;
  }

  has(signingName: string): boolean {
    return this.#services.has(signingName);
  }

  /** Fails with a `WireError` that names those that are there. */
  service(signingName: string): AwsService {
    const service = this.#services.get(signingName);
    if (service !== undefined) return service;
    throw new WireError(
      'unknownOperation',
      `The service ${signingName.slice(0, 100)} is not part of this cloud; it speaks ${[...this.names, 's3'].join(', ')}.`,
    );
  }

  /** Fails with a `WireError` that names what is missing. */
  find(signingName: string, name: string): FoundOperation {
    const service = this.service(signingName);
    const shapes = loadShapes(signingName);
    const operation = Object.hasOwn(service.operations, name) ? shapes.operation(name) : undefined;
    if (operation === undefined) {
      throw new WireError(
        'unknownOperation',
        `The operation ${name.slice(0, 100)} of ${signingName} is not part of this cloud; docs/reference names those that are.`,
      );
    }
    return { service, shapes, operation };
  }

  /** Runs an operation on input that has been held against its shape. */
  async run(found: FoundOperation, name: string, input: unknown, context: RequestContext): Promise<unknown> {
    const handler = found.service.operations[name]!;
    return await handler(input as never, context);
  }

  context(accessKeyId: string, requestId: string, whenGone?: RequestContext['whenGone']): RequestContext {
    const { accountId, region, nowMs } = this.#options;
    const gone = whenGone === undefined ? {} : { whenGone };
    return { accountId, region, requestId, accessKeyId, nowMs: nowMs(), ...gone };
  }

  async call<Output>(signingName: string, name: string, input: object): Promise<Output> {
    const found = asAwsError(signingName, () => this.find(signingName, name));
    const checked = asAwsError(signingName, () =>
      checkedInput(found.operation.input, input, { strict: true }),
    );
    const context = this.context(INTERNAL_CALLER, this.#options.requestId());
    return (await this.run(found, name, checked, context)) as Output;
  }
}

/** Services know no wires: they are told as by another service. */
function asAwsError<Result>(signingName: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const [code, status] = wordingOf(error.problem, signingName === 'ec2' ? 'ec2query' : 'query');
    throw new AwsError(code, error.message, status);
  }
}
