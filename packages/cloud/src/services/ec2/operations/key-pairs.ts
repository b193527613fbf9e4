/** Key pairs: kept and shown. Nobody logs in to a local instance, so they open nothing. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import type {
  CreateKeyPairRequest,
  DeleteKeyPairRequest,
  DescribeKeyPairsRequest,
  ImportKeyPairRequest,
  KeyPairInfo,
} from '@aws-sdk/client-ec2';
import type { RequestContext } from '../../../contract/service.ts';
import { AwsError } from '../../../contract/service.ts';
import { allOf } from '../ec2-state.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { invalidValue, missingParameter, notFound } from '../errors.ts';
import { filtered } from '../filters.ts';
import { makeId } from '../identifiers.ts';
import type { TagMap } from '../tags.ts';
import { tagList, tagsFor } from '../tags.ts';

/** The private half is never kept. */
export interface KeyPairRecord {
  readonly name: string;
  readonly keyPairId: string;
  readonly fingerprint: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly publicKey: string;
  readonly createdMs: number;
}

export function keyPairOperations(world: Ec2World): Operations {
  return {
    CreateKeyPair: (input: CreateKeyPairRequest, context: RequestContext) => create(world, input, context),
    ImportKeyPair: (input: ImportKeyPairRequest, context: RequestContext) =>
      importPair(world, input, context),
    DeleteKeyPair: (input: DeleteKeyPairRequest) => remove(world, input),
    DescribeKeyPairs: (input: DescribeKeyPairsRequest) => describe(world, input),
  };
}

function create(world: Ec2World, input: CreateKeyPairRequest, context: RequestContext) {
  const keyType = input.KeyType === 'ed25519' ? 'ed25519' : 'rsa';
  const { publicKey, privateKey } =
    keyType === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const material =
    keyType === 'rsa'
      ? privateKey.export({ type: 'pkcs1', format: 'pem' })
      : privateKey.export({ type: 'pkcs8', format: 'pem' });
  const record = put(
    world,
    input.KeyName,
    keyType,
    spki,
    tagsFor('key-pair', input.TagSpecifications, context),
  );
  return { ...view(world, record), KeyMaterial: String(material) };
}

function importPair(world: Ec2World, input: ImportKeyPairRequest, context: RequestContext) {
  if (input.PublicKeyMaterial === undefined) throw missingParameter('PublicKeyMaterial');
  const text = Buffer.from(input.PublicKeyMaterial).toString('utf8').trim();
  const [kind = '', data = ''] = text.split(/\s+/);
  const keyType = kind === 'ssh-rsa' ? 'rsa' : kind === 'ssh-ed25519' ? 'ed25519' : undefined;
  if (keyType === undefined || data === '') {
    throw new AwsError(
      'InvalidKey.Format',
      'Key is not in valid OpenSSH public key format (ssh-rsa or ssh-ed25519)',
    );
  }
  const tags = tagsFor('key-pair', input.TagSpecifications, context);
  return view(world, put(world, input.KeyName, keyType, Buffer.from(data, 'base64'), tags));
}

function put(
  world: Ec2World,
  name: string | undefined,
  keyType: KeyPairRecord['keyType'],
  publicKey: Uint8Array,
  tags: TagMap,
): KeyPairRecord {
  if (name === undefined || name === '') throw missingParameter('KeyName');
  if (name.length > 255) throw invalidValue('The key name is longer than 255 characters');
  if (world.state.keyPairs.get(name) !== undefined) {
    throw new AwsError('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists.`);
  }
  const record: KeyPairRecord = {
    name,
    keyPairId: makeId('key', world.ports.random),
    fingerprint: fingerprintOf(publicKey),
    keyType,
    publicKey: Buffer.from(publicKey).toString('base64'),
    createdMs: world.nowMs(),
  };
  world.state.keyPairs.put(name, record);
  world.state.putTags(record.keyPairId, tags);
  return record;
}

function fingerprintOf(publicKey: Uint8Array): string {
  return createHash('sha1')
    .update(publicKey)
    .digest('hex')
    .replace(/..(?!$)/g, '$&:');
}

/** Deleting what is not there succeeds, as on EC2. */
function remove(world: Ec2World, { KeyName: name, KeyPairId: id }: DeleteKeyPairRequest) {
  if (name === undefined && id === undefined) throw missingParameter('KeyName or KeyPairId');
  const found = allOf(world.state.keyPairs).find((pair) =>
    id === undefined ? pair.name === name : pair.keyPairId === id,
  );
  if (found !== undefined) {
    world.state.keyPairs.delete(found.name);
    world.state.putTags(found.keyPairId, {});
  }
  return { Return: true, KeyPairId: found?.keyPairId };
}

function describe(world: Ec2World, input: DescribeKeyPairsRequest) {
  const { KeyNames: names = [], KeyPairIds: ids = [] } = input;
  const all = allOf(world.state.keyPairs);
  const missing = [
    ...names.filter((name) => !all.some((pair) => pair.name === name)),
    ...ids.filter((id) => !all.some((pair) => pair.keyPairId === id)),
  ];
  if (missing.length > 0) throw notFound('InvalidKeyPair.NotFound', 'key pair', missing);
  const chosen = all.filter(({ name, keyPairId }) => {
    return (names.length === 0 && ids.length === 0) || names.includes(name) || ids.includes(keyPairId);
  });
  const tagged = chosen.map((pair) => ({ pair, tags: world.state.tagsOf(pair.keyPairId) }));
  const found = filtered(tagged, input.Filters, {
    'key-name': ({ pair }) => pair.name,
    'key-pair-id': ({ pair }) => pair.keyPairId,
    fingerprint: ({ pair }) => pair.fingerprint,
  });
  return { KeyPairs: found.map(({ pair }) => view(world, pair)) };
}

function view(world: Ec2World, pair: KeyPairRecord): KeyPairInfo {
  return {
    KeyName: pair.name,
    KeyPairId: pair.keyPairId,
    KeyFingerprint: pair.fingerprint,
    KeyType: pair.keyType,
    CreateTime: new Date(pair.createdMs),
    Tags: tagList(world.state.tagsOf(pair.keyPairId)),
  };
}
