import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { ImageStore, searchPath } from './images.ts';
import { fetchingProgram } from './machine-programs.ts';

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

test('[I19] what would change the machine is named and left undone, and what follows runs', async (t) => {
  const { images } = await store(t);
  const env = { PATH: searchPath(images.find('ami-minimal')!), BASH_ENV: images.bashProfile };
  const script =
    'set -e; yum install -y httpd; systemctl start httpd; /opt/aws/bin/cfn-init -v --stack s; echo on';
  const { stdout, stderr } = spawnSync('bash', ['-c', script], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.equal(stdout, 'on\n');
  assert.deepEqual(
    stderr
      .trim()
      .split('\n')
      .map((line) => line.split(', because')[0]),
    ['yum install -y httpd: not done', 'systemctl start httpd: not done', 'cfn-init -v --stack s: not done'],
  );
});

test('[I19] what is fetched from the address of AWS’s metadata service comes from the instance’s own', async (t) => {
  const { images, folder } = await store(t);
  const real = join(folder, 'real');
  writeFileSync(real, '#!/bin/sh\nprintf "[%s]" "$@"\n', { mode: 0o755 });
  const wrapper = join(folder, 'curl');
  writeFileSync(wrapper, fetchingProgram(real), { mode: 0o755 });
  const env = {
    PATH: searchPath(images.find('ami-minimal')!),
    AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.16.4:1338',
  };
  const asked = [
    '-H',
    'a b: $x',
    'http://169.254.169.254/latest/',
    '169.254.169.254/x',
    'http://169.254.169.254.example/',
  ];
  assert.equal(
    execFileSync(wrapper, asked, { env }).toString(),
    '[-H][a b: $x][http://127.0.16.4:1338/latest/][http://127.0.16.4:1338/x][http://169.254.169.254.example/]',
  );
});
