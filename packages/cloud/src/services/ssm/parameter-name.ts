import { AwsError } from '../../contract/service.ts';

const MAX_NAME_LENGTH = 1011;
const MAX_LEVELS = 15;

/** Fails unless a parameter may be created under this name. */
export function assertNewName(name: string): void {
  if (name.length > MAX_NAME_LENGTH) {
    throw invalid(`Parameter name: at most ${MAX_NAME_LENGTH} characters are allowed, not ${name.length}.`);
  }
  if (!/^[A-Za-z0-9_.\-/]+$/.test(name)) {
    throw invalid(
      `Parameter name: only letters, digits and the symbols "_", ".", "-" and "/" are allowed, not ${JSON.stringify(name)}.`,
    );
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw invalid(
      `Parameter name must be a fully qualified name: ${JSON.stringify(name)} must begin with "/".`,
    );
  }
  if (name.endsWith('/') || name.includes('//')) {
    throw invalid(`Parameter name must not end with "/" or have an empty level: ${JSON.stringify(name)}.`);
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw invalid(
      `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive): ${JSON.stringify(name)}.`,
    );
  }
  if (levelsOf(name) > MAX_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have at most ${MAX_LEVELS} levels; ${JSON.stringify(name)} has ${levelsOf(name)}.`,
    );
  }
}

function levelsOf(name: string): number {
  return name.split('/').filter((level) => level !== '').length;
}

/** `/a/b` -> `arn:aws:ssm:REGION:ACCOUNT:parameter/a/b`, and `a` -> `...:parameter/a`. */
export function parameterArn(name: string, region: string, accountId: string): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

export interface Selection {
  /** Names that may be meant, the likeliest first: an ARN does not tell `a` from `/a`. */
  readonly names: readonly string[];
  readonly version?: number;
  readonly label?: string;
  /** As written, with its colon. */
  readonly selector?: string;
}

/** Reads `NAME`, `NAME:VERSION`, `NAME:LABEL`, or the same with an ARN. */
export function parseSelection(text: string): Selection {
  const arn = /^arn:aws:ssm:[^:]*:\d{12}:parameter\/(.+)$/.exec(text);
  const plain = arn?.[1] ?? text;
  const colon = plain.indexOf(':');
  const name = colon < 0 ? plain : plain.slice(0, colon);
  const names = arn === null ? [name] : name.includes('/') ? [`/${name}`] : [name, `/${name}`];
  if (colon < 0) return { names };
  const selector = plain.slice(colon);
  const wanted = selector.slice(1);
  if (wanted === '')
    throw invalid(`The selector of ${JSON.stringify(text)} is empty: give a version or a label.`);
  return /^\d+$/.test(wanted)
    ? { names, selector, version: Number(wanted) }
    : { names, selector, label: wanted };
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
