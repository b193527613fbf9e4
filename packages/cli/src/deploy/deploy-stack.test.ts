import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { runCommand } from '../run.ts';
import { FakeStacks } from '../testing/fake-stacks.ts';
import { type MemoryTerminal, memoryTerminal } from '../testing/memory-terminal.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { changeLines } from './change-lines.ts';
import { deleteStack, deployTemplate, previewTemplate, type TemplateDeployment } from './deploy-stack.ts';
import { defaultStackName, readLocalTemplate } from './local-template.ts';
import type { Change } from './stack-client.ts';
import { stackLines } from './stack-display.ts';

const TEMPLATE = `Parameters:
  Name: {Type: String}
  Size: {Type: Number, Default: 1}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Name}
`;

interface Bench {
  readonly stacks: FakeStacks;
  readonly terminal: MemoryTerminal;
  readonly deployment: (changes?: Partial<TemplateDeployment>) => TemplateDeployment;
}

async function bench(t: TestContext, options: { readonly interactive?: boolean } = {}): Promise<Bench> {
  const path = join(await temporaryFolder(t), 'web.yaml');
  await writeFile(path, TEMPLATE);
  const local = await readLocalTemplate(path);
  const stacks = new FakeStacks();
  const terminal = memoryTerminal({ ...options, columns: 60 });
  const deployment = (changes: Partial<TemplateDeployment> = {}): TemplateDeployment => ({
    client: stacks,
    terminal,
    stackName: 'web',
    json: false,
    signal: new AbortController().signal,
    pause: async () => stacks.advance(),
    local,
    parameters: ['Name=n'],
    place: async (TemplateBody) => ({ TemplateBody }),
    ...changes,
  });
  return { stacks, terminal, deployment };
}

async function run(
  ...programArguments: string[]
): Promise<{ status: number; output: string; errors: string }> {
  const terminal = memoryTerminal();
  const status = await runCommand(programArguments, {
    terminal,
    environment: {},
    signal: new AbortController().signal,
  });
  return { status, output: terminal.output(), errors: terminal.errors() };
}

test('[CLI5] what is wrong with a template is told by file, line and property, without asking a server', async (t) => {
  const path = join(await temporaryFolder(t), 'bad.yaml');
  await writeFile(path, TEMPLATE.replace('DisplayName', 'DisplyName').replace('!Ref Name', '!Ref Nme'));
  const { status, errors } = await run('deploy', path);
  assert.equal(status, 1);
  assert.ok(
    errors.includes(
      `${path}:7:18: Resources.Topic.Properties.DisplyName: Encountered unsupported property DisplyName; did you mean DisplayName?`,
    ),
    errors,
  );
  assert.match(errors, /bad.yaml:7:\d+: .*\[Nme\].*did you mean Name\?/);
});

test('[CLI1] deploy that is called wrongly is status 2, help 0, a missing file 1', async (t) => {
  const path = join(await temporaryFolder(t), 'web.yaml');
  await writeFile(path, TEMPLATE);
  assert.equal((await run('deploy')).status, 2);
  assert.equal((await run('deploy', path, '--delete', '--dry-run')).status, 2);
  assert.equal((await run('deploy', path, '--stack', '1x')).status, 2);
  assert.equal((await run('deploy', '/nonexistent.yaml')).status, 1);
  const help = await run('deploy', '--help');
  assert.deepEqual([help.status, /Examples:/.test(help.output)], [0, true]);
});

test('[CLI5] parameters: what is unknown, missing or no assignment is said before anything is sent', async (t) => {
  const { stacks, deployment } = await bench(t);
  await assert.rejects(
    deployTemplate(deployment({ parameters: ['Nope=1', 'Name=x'] })),
    /Parameters: \[Nope\] do not exist/,
  );
  await assert.rejects(
    deployTemplate(deployment({ parameters: [] })),
    /web.yaml:2:9: Parameters.Name: Parameters: \[Name\] must have values/,
  );
  await assert.rejects(
    deployTemplate(deployment({ parameters: ['Name'] })),
    /"Name" is no parameter: give NAME=VALUE/,
  );
  assert.deepEqual(stacks.requests, []);
});

test('[CLI6] a new stack is created and followed to its outputs', async (t) => {
  const { stacks, terminal, deployment } = await bench(t);
  assert.equal(await deployTemplate(deployment()), 0);
  assert.deepEqual(stacks.requests, ['create web Name=n']);
  assert.equal(terminal.output(), 'Arn  arn:topic\n');
  assert.match(
    terminal.errors(),
    /00:00:\d\d {2}CREATE_IN_PROGRESS {2}Topic \(SNS::Topic\)\n00:00:\d\d {2}CREATE_COMPLETE {2}Topic \(SNS::Topic\)\n/,
  );
  assert.match(terminal.errors(), /web: CREATE_COMPLETE\n$/);
});

test('[CLI6] an existing stack is updated: values that are not given stay, earlier events are not shown again', async (t) => {
  const { stacks, terminal, deployment } = await bench(t);
  await deployTemplate(deployment());
  const before = terminal.errors().length;
  assert.equal(await deployTemplate(deployment({ parameters: ['Size=2'] })), 0);
  assert.equal(stacks.requests.at(-1), 'update web Name=(previous) Size=2');
  assert.doesNotMatch(terminal.errors().slice(before), /CREATE_/);
  stacks.unchanged = true;
  assert.equal(await deployTemplate(deployment({ parameters: [] })), 0);
  assert.match(terminal.errors(), /web: UPDATE_COMPLETE, nothing to change\n$/);
});

test('[CLI6] a failure names the place of the resource in the file and its reason, with status 1', async (t) => {
  const { stacks, terminal, deployment } = await bench(t);
  stacks.failure = 'there is no such thing';
  assert.equal(await deployTemplate(deployment()), 1);
  assert.match(terminal.errors(), /web\.yaml:5:3: Topic: there is no such thing\nweb: ROLLBACK_COMPLETE/);
  stacks.failure = undefined;
  assert.equal(await deployTemplate(deployment()), 0);
  assert.deepEqual(stacks.requests, ['create web Name=n', 'remove web', 'create web Name=n']);
});

test('[SHOW3] with --json one value goes to standard output', async (t) => {
  const { terminal, deployment } = await bench(t);
  assert.equal(await deployTemplate(deployment({ json: true })), 0);
  const told = JSON.parse(terminal.output());
  assert.deepEqual(
    [told.stackName, told.status, told.changed, told.outputs],
    ['web', 'CREATE_COMPLETE', true, { Arn: 'arn:topic' }],
  );
  assert.equal(terminal.errors(), '');
});

test('[SHOW1] on a screen the table is redrawn in place, no line wider than the screen', async (t) => {
  const { terminal, deployment } = await bench(t, { interactive: true });
  await deployTemplate(deployment());
  assert.ok(terminal.errors().includes('\u001b[1A\u001b[0J'));
  const rows = Array.from({ length: 30 }, (_, index) => ({
    logicalId: `Resource${index}`,
    type: 'SNS::Topic',
    status: index === 29 ? 'CREATE_FAILED' : 'CREATE_COMPLETE',
    reason: 'a long reason that has no room on a narrow screen at all',
  }));
  const lines = stackLines(rows, 50);
  assert.ok(lines.every((line) => line.length <= 50));
  assert.ok(lines.some((line) => line.includes('CREATE_FAILED')));
  assert.equal(lines.at(-1), '... and 10 more that are complete');
});

test('[CLI6] a preview shows the changes and leaves nothing', async (t) => {
  const { stacks, terminal, deployment } = await bench(t);
  assert.equal(await previewTemplate(deployment()), 0);
  assert.match(
    terminal.output(),
    /^ACTION +RESOURCE +TYPE +REPLACED +WHAT CHANGES\nAdd +Topic +AWS::SNS::Topic/,
  );
  assert.deepEqual(stacks.requests, ['preview CREATE web']);
  const change: Change = {
    ResourceChange: {
      Action: 'Modify',
      LogicalResourceId: 'A',
      ResourceType: 'T',
      Replacement: 'True',
      Details: [{ Target: { Name: 'P' } }],
    },
  };
  assert.match(changeLines([change])[1]!, /^Modify +A +T +yes +P$/);
});

test('[CLI6] a stack is deleted and followed until it is gone; an unknown one is a failure', async (t) => {
  const { terminal, deployment } = await bench(t);
  await assert.rejects(deleteStack(deployment()), /there is no stack web/);
  await deployTemplate(deployment());
  assert.equal(await deleteStack(deployment()), 0);
  assert.match(terminal.errors(), /web: DELETE_COMPLETE\n$/);
  assert.equal(terminal.output(), 'Arn  arn:topic\n', 'those of the creation, and none of what is gone');
});

test('[CLI6] an interrupt ends the following, not the deployment', async (t) => {
  const { stacks, deployment } = await bench(t);
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(
    deployTemplate(deployment({ signal: controller.signal })),
    /stopped following web: it goes on by itself \(CREATE_IN_PROGRESS\)/,
  );
  assert.deepEqual(stacks.requests, ['create web Name=n']);
});

test('[CLI6] a stack is called as its file, or as the folder of template.yaml', () => {
  assert.equal(defaultStackName('/a/web.app.yaml'), 'web-app');
  assert.equal(defaultStackName('/a/store/template.yaml'), 'store');
  assert.equal(defaultStackName('/a/1-2.yml'), 'stack');
});
