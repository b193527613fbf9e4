import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Identity } from '@crescendo/store';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { IdentityFile } from './identity-file.ts';

const NODE = '0123456789abcdef0123456789abcdef';

const WHOLE: Required<Identity> = {
  version: 1,
  nodeId: NODE,
  boots: 7,
  clusterId: 'c1',
  foundingVote: { clusterId: 'c1', founders: [{ nodeId: NODE, address: '127.0.0.1:7000' }] },
  foundingGroupsCreated: true,
  replaces: NODE.split('').reverse().join(''),
  left: true,
  contacts: ['127.0.0.1:7001'],
};

test('[DF1] every field of an identity comes back as it was saved', async () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'identity.json');
  await new IdentityFile(path).save(WHOLE);
  assert.deepEqual(new IdentityFile(path).load(), WHOLE);
  await new IdentityFile(path).save({ version: 1, nodeId: NODE });
  assert.deepEqual(new IdentityFile(path).load(), { version: 1, nodeId: NODE });
  folder.remove();
});

test('[DF1] an identity with a field that is unknown or makes no sense is refused', () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'identity.json');
  const wrong = [
    { boots: -1 },
    { left: 'yes' },
    { contacts: 'a:1' },
    { nodeId: '../x' },
    { version: 2 },
    { news: 1 },
  ];
  for (const change of wrong) {
    fs.writeFileSync(path, JSON.stringify({ ...WHOLE, ...change }));
    assert.throws(() => new IdentityFile(path).load(), { code: 'IdentityDamaged' }, JSON.stringify(change));
  }
  folder.remove();
});
