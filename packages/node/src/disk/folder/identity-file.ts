/** The node's identity as a small JSON file that is replaced in one durable step. */
import * as fs from 'node:fs';
import { Failure, messageOf } from '@crescendo/base';
import type { FoundingVote, Identity, IdentityStore } from '@crescendo/store';
import { replaceFileSync, systemCode } from '../durable-file.ts';

const NODE_ID = /^[0-9a-f]{32}$/;

export class IdentityFile implements IdentityStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  load(): Identity | undefined {
    let text: string;
    try {
      text = fs.readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return parseIdentity(JSON.parse(text));
    } catch (error) {
      throw new Failure(
        'IdentityDamaged',
        `${this.#path} does not hold a node's identity (${messageOf(error)}); restore it, or move the whole data folder away to start as a new node`,
        { cause: error },
      );
    }
  }

  async save(identity: Identity): Promise<void> {
    replaceFileSync(this.#path, `${JSON.stringify(parseIdentity(identity), null, 2)}\n`);
  }
}

type FieldParsers = { readonly [F in keyof Required<Identity>]: (value: unknown) => Required<Identity>[F] };

/** One for every field, as the compiler sees to: a field that is left out here would be forgotten at each start. */
const FIELDS: FieldParsers = {
  version: parseVersion,
  nodeId: parseNodeId,
  boots: parseCount,
  clusterId: (value) => parseText(value, 'clusterId'),
  foundingVote: parseVote,
  foundingGroupsCreated: parseFlag,
  replaces: parseNodeId,
  left: parseFlag,
  contacts: parseContacts,
};

/** Checks an identity from disk. Throws an Error that says what is wrong. */
function parseIdentity(value: unknown): Identity {
  if (!isRecord(value)) throw new Error('not an object');
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(FIELDS, name));
  if (unknown.length > 0) throw new Error(`it has the unknown field ${unknown.join(', ')}`);
  const found = Object.entries(FIELDS)
    .filter(([name]) => value[name] !== undefined)
    .map(([name, parse]) => [name, parse(value[name])]);
  const { version, nodeId, ...rest }: Partial<Identity> = Object.fromEntries(found);
  return { version: parseVersion(version), nodeId: parseNodeId(nodeId), ...rest };
}

function parseVersion(value: unknown): 1 {
  if (value !== 1) throw new Error(`version ${String(value)}, this program knows 1`);
  return 1;
}

function parseCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`${String(value)} is no count of starts`);
  return value;
}

function parseFlag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`${String(value)} is neither true nor false`);
  return value;
}

function parseContacts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new Error('contacts is no list');
  return value.map((contact) => parseText(contact, 'an address in contacts'));
}

function parseVote(value: unknown): FoundingVote {
  if (!isRecord(value) || !Array.isArray(value.founders)) throw new Error('foundingVote is not a vote');
  const founders = value.founders.map((founder: unknown) => {
    if (!isRecord(founder)) throw new Error('a founder is not an object');
    return { nodeId: parseNodeId(founder.nodeId), address: parseText(founder.address, 'address') };
  });
  return { clusterId: parseText(value.clusterId, 'clusterId'), founders };
}

function parseNodeId(value: unknown): string {
  const text = parseText(value, 'nodeId');
  if (!NODE_ID.test(text)) throw new Error(`${JSON.stringify(text)} is no node id: 32 hexadecimal digits`);
  return text;
}

function parseText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
