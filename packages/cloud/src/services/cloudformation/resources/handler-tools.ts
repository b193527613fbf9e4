/** What several handlers do alike. */
import { AwsError } from '../../../contract/service.ts';
import type { Tag } from '../state/stack-records.ts';
import type {
  CreateRequest,
  Made,
  Properties,
  RemoveRequest,
  ResourceHandler,
  ResourceStep,
} from './resource-handler.ts';

export function textIn(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' ? value : undefined;
}

export function listIn<T = string>(properties: Properties, name: string): readonly T[] {
  const value = properties[name];
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

/** The named properties that are given. */
export function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** Deeply without what is undefined; a tag of the resource wins over the stack's of the same key. */
export function mergeTags(own: readonly Tag[], stack: readonly Tag[]): Tag[] {
  const keys = new Set(own.map(({ Key }) => Key));
  return [...own, ...stack.filter(({ Key }) => !keys.has(Key))];
}

/** Runs the work; an `AwsError` with one of the codes gives undefined. */
export async function unless<T>(codes: readonly string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AwsError && codes.some((code) => matches(error.code, code))) return undefined;
    throw error;
  }
}

function matches(code: string, pattern: string): boolean {
  return pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : code === pattern;
}

/**
 * Makes something that has a name of its own. When it exists already and this is the first try, somebody else made it: an error. In a
 * later try it may be ours: `isOurs` tells.
 */
export async function createNamed(
  request: CreateRequest,
  codes: readonly string[],
  create: () => Promise<unknown>,
  isOurs: () => Promise<boolean>,
): Promise<void> {
  try {
    await create();
  } catch (error) {
    const exists = error instanceof AwsError && codes.some((code) => matches(error.code, code));
    if (!exists || !request.again || !(await isOurs())) throw error;
  }
}

/** Whether the tags say that this stack made it for this logical resource. */
export function tagsAreOurs(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  step: ResourceStep,
): boolean {
  const tagValue = (key: string): string | undefined => tags?.find(({ Key }) => Key === key)?.Value;
  return (
    tagValue('aws:cloudformation:stack-id') === step.stackId &&
    tagValue('aws:cloudformation:logical-id') === step.logicalId
  );
}

const POLL_MS = 1_000;

/** Asks every second until the answer is true. Throws after the limit with the given text. */
export async function untilTrue(
  step: ResourceStep,
  limitMs: number,
  tooLate: () => string,
  test: () => Promise<boolean>,
  pollMs = POLL_MS,
): Promise<void> {
  const endMs = step.clock.nowMs() + limitMs;
  while (!(await test())) {
    if (step.clock.nowMs() >= endMs) throw new AwsError('NotStabilized', tooLate());
    await step.wait(pollMs);
  }
}

/** A type without effect: it has ids that follow from its token, and nobody is asked. */
export function inertHandler(
  type: string,
  idOf: (request: Pick<CreateRequest, 'token' | 'properties' | 'name'>, step: ResourceStep) => string,
  attributesOf: (
    physicalId: string,
    properties: Properties,
    step: ResourceStep,
    token: string,
  ) => Properties = () => ({}),
): ResourceHandler {
  const madeOf = (physicalId: string, properties: Properties, step: ResourceStep, token: string): Made => ({
    physicalId,
    attributes: attributesOf(physicalId, properties, step, token),
  });
  return {
    type,
    create: async (request, step) => {
      const physicalId = idOf(request, step);
      request.made(physicalId);
      return madeOf(physicalId, request.properties, step, request.token);
    },
    update: async ({ physicalId, properties, token }, step) => madeOf(physicalId, properties, step, token),
    remove: async (_request: RemoveRequest) => {},
  };
}
