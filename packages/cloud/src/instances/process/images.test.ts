import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { ImageStore, searchPath } from './images.ts';

async function store(t: TestContext, crescendoCommand?: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'crescendo-images-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const images = new ImageStore({ folder, crescendoCommand });
  await images.prepare();
  return { folder, images };
}

test('[I18] the built-in image carries node and crescendo, whatever their paths hold', async (t) => {
  const { images } = await store(t, [
    process.execPath,
    '-e',
    `console.log("it's " + process.argv.slice(1).join(' '))`,
  ]);
  const env = { PATH: searchPath(images.find('ami-crescendo')!) };
  assert.equal(
    execFileSync('sh', ['-c', 'crescendo one "two three"'], { env }).toString(),
    "it's one two three\n",
  );
  assert.equal(execFileSync('sh', ['-c', 'node --version'], { env }).toString().trim(), process.version);
});

test('[I18] a JSON file in the folder is an image; one that describes none is told and left out', async (t) => {
  const { folder, images } = await store(t);
  writeFileSync(
    join(folder, 'worker.json'),
    JSON.stringify({ imageId: 'ami-0123456789abcdef0', programs: '/opt/x', environment: { A: 1 } }),
  );
  writeFileSync(join(folder, 'wrong.json'), '{"imageId": 7}');
  writeFileSync(join(folder, 'broken.json'), '{');
  const image = images.find('ami-0123456789abcdef0')!;
  assert.deepEqual(image.environment, { A: '1' });
  assert.match(searchPath(image), /^\/opt\/x:/);
  assert.deepEqual(
    images.all().map(({ imageId }) => imageId),
    ['ami-crescendo', 'ami-minimal', 'ami-0123456789abcdef0'],
  );
  assert.equal(images.problems.length, 2);
});

test('[T5] the agent’s control program puts the configuration where it is looked for', async (t) => {
  const { folder, images } = await store(t);
  const volume = join(folder, 'volume');
  mkdirSync(volume);
  const env = { PATH: searchPath(images.find('ami-crescendo')!), CRESCENDO_VOLUME: volume };
  const control = (...args: string[]) =>
    execFileSync('amazon-cloudwatch-agent-ctl', args, { env, stdio: 'pipe' });
  const place = join(volume, 'opt/aws/amazon-cloudwatch-agent/etc');
  writeFileSync(join(volume, 'mine.json'), '{"metrics":{}}');
  control('-a', 'fetch-config', '-m', 'ec2', '-s', '-c', `file:${join(volume, 'mine.json')}`);
  assert.equal(readFileSync(join(place, 'amazon-cloudwatch-agent.json'), 'utf8'), '{"metrics":{}}');
  control('-a', 'fetch-config', '-c', `file:${join(place, 'amazon-cloudwatch-agent.json')}`);
  control('-a', 'fetch-config', '-m', 'ec2', '-c', 'ssm:AmazonCloudWatch-x');
  assert.equal(readFileSync(join(place, 'parameter'), 'utf8'), 'AmazonCloudWatch-x\n');
  assert.throws(() => control('-a', 'what'), /is not known here/);
});
