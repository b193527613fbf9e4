import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCrescendo } from './testing/child-processes.ts';

const NOBODY = 65_534;

test('a read-only data folder is refused with a clear error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-read-only-'));
  const data = join(folder, 'data');
  try {
    // Root may write everywhere: the node then runs as somebody who may not.
    const isRoot = process.getuid?.() === 0;
    await mkdir(data);
    for (const [name, text] of [
      ['cluster-secret', 'a'.repeat(64)],
      ['credentials', 'aws_access_key_id = a\naws_secret_access_key = b\n'],
    ] as const) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      if (isRoot) await chown(join(folder, name), NOBODY, NOBODY);
    }
    await chmod(folder, 0o755);
    await chmod(data, 0o555);
    const flags = [
      `--secret-file=${join(folder, 'cluster-secret')}`,
      `--credentials=${join(folder, 'credentials')}`,
    ];
    const ports = ['--peer-port=0', '--s3-port=0', '--admin-port=0', '--no-classic'];
    const result = await runCrescendo(
      ['node', `--data=${data}`, ...flags, ...ports],
      isRoot ? { user: NOBODY } : {},
    );
    assert.equal(result.status, 1, result.errors);
    assert.match(
      result.errors,
      /the data folder .* can't be used: it must be readable and writable for this user/,
    );
    assert.deepEqual(await readdir(data), []);
  } finally {
    await chmod(data, 0o755);
    await rm(folder, { recursive: true, force: true });
  }
});
