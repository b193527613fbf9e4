import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { planUpload } from './upload-plan.ts';

test('[UP1] files keep their base names, folders their own names and the paths below them', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'photos/2026'), { recursive: true });
  await writeFile(join(root, 'photos/2026/größe & schönheit 日本.jpg'), 'abc');
  await writeFile(join(root, 'photos/empty'), '');
  await writeFile(join(root, 'one.txt'), '1');
  const { files, failed } = await planUpload([join(root, 'photos/'), join(root, 'one.txt')]);
  assert.deepEqual(failed, []);
  assert.deepEqual(
    files.map(({ name, bytes }) => [name, bytes]),
    [
      ['photos/2026/größe & schönheit 日本.jpg', 3],
      ['photos/empty', 0],
      ['one.txt', 1],
    ],
  );
});

test('[UP1] of a folder named by dots only what is inside counts, and a prefix goes before every name', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'a'));
  await writeFile(join(root, 'a/x'), '');
  const inside = await planUpload([`${root}/a/..`], 'backup/');
  assert.deepEqual(
    inside.files.map(({ name }) => name),
    ['backup/a/x'],
  );
});

test('[UP2] links are followed; broken ones, circles and missing files are named', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'd'));
  await writeFile(join(root, 'd/real'), 'x');
  await symlink('real', join(root, 'd/link'));
  await symlink('nowhere', join(root, 'd/broken'));
  await symlink('..', join(root, 'd/up'));
  const { files, failed } = await planUpload([join(root, 'd'), join(root, 'missing')]);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['d/link', 'd/real'],
  );
  assert.deepEqual(
    failed.map(({ name, error }) => [name.slice(root.length + 1), error]),
    [
      ['d/broken', 'it does not exist (ENOENT)'],
      ['d/up/d', 'it is a symbolic link to a folder that it lies in'],
      ['missing', 'it does not exist (ENOENT)'],
    ],
  );
});

test('[UP2] names that are no keys are refused one by one', async (t) => {
  const root = await temporaryFolder(t);
  let deep = join(root, 'd');
  for (let i = 0; i < 5; i++) deep = join(deep, 'x'.repeat(220));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'file'), '');
  await writeFile(Buffer.concat([Buffer.from(`${root}/d/`), Buffer.from([0xff])]), '');
  await writeFile(join(root, 'd/good'), '');
  const { files, failed } = await planUpload([join(root, 'd')]);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['d/good'],
  );
  assert.equal(failed.length, 2);
  assert.ok(failed.some(({ error }) => /1111 bytes; S3 allows 1024/.test(error)));
});

test('[CLI1] two files that would get one name are a mistake of the caller', async (t) => {
  const root = await temporaryFolder(t);
  await mkdir(join(root, 'a'));
  await mkdir(join(root, 'b'));
  await writeFile(join(root, 'a/x'), '');
  await writeFile(join(root, 'b/x'), '');
  await assert.rejects(planUpload([join(root, 'a/x'), join(root, 'b/x')]), /would both be called "x"/);
});
