import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  exampleNames,
  exists,
  filesEndingIn,
  packageNames,
  purePackageNames,
  ROOT,
  readJson,
} from './source-tree.ts';

test('[REPO7] every package has an index and says what it is for', () => {
  const wrong = packageNames().flatMap((name) => {
    const index = `packages/${name}/src/index.ts`;
    if (!exists(index)) return [`${index} does not exist`];
    const said =
      exists(`packages/${name}/README.md`) || readFileSync(join(ROOT, index), 'utf8').startsWith('/**');
    return said ? [] : [`packages/${name} has neither a README.md nor a header in src/index.ts`];
  });
  assert.deepEqual(wrong, []);
});

test('[REPO8] every pure package has a SPEC.md', () => {
  assert.deepEqual(
    purePackageNames().filter((name) => !exists(`packages/${name}/SPEC.md`)),
    [],
  );
});

test('[REPO8] every rule id in the name of a test is defined in a SPEC.md', () => {
  const specs = filesEndingIn('SPEC.md')
    .map(({ text }) => text)
    .join('\n');
  const defined = new Set(specs.match(/\b[A-Z][A-Z0-9]*[0-9]+[a-z]?\b/g));
  const wrong = filesEndingIn('.test.ts').flatMap(({ path, text }) =>
    ruleIdsOf(text)
      .filter((id) => !defined.has(id))
      .map((id) => `${path}: ${id} is in no SPEC.md`),
  );
  assert.deepEqual([...new Set(wrong)], []);
});

test('[REPO8] rule ids are read from the names of tests', () => {
  const text = 'test(\'[REPO1] a\', () => {});\nit(`[REPO2, REPO3] b`); describe("[REPO4][REPO5] c"';
  assert.deepEqual(ruleIdsOf(text), ['REPO1', 'REPO2', 'REPO3', 'REPO4', 'REPO5']);
});

test('[REPO9] every package and example agrees with the workspace on version, licence and engines', () => {
  const workspace = readJson('package.json');
  const folders = [
    ...packageNames().map((name) => `packages/${name}`),
    ...exampleNames().map((name) => `examples/${name}`),
  ];
  for (const folder of folders) {
    const manifest = readJson(`${folder}/package.json`);
    assert.equal(manifest.name, `@crescendo/${folder.split('/')[1]}`);
    for (const field of ['version', 'license', 'engines', 'type', 'private']) {
      assert.deepEqual(manifest[field], workspace[field], `${folder}/package.json: ${field}`);
    }
  }
});

test('[REPO10] the lock file names no host', () => {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const hosts = lock
    .split('\n')
    .filter((line) => /"resolved":\s*"[a-z+]*:\/\//.test(line) || /"registry"/.test(line));
  assert.deepEqual(hosts, [], 'npm writes none with omit-lockfile-registry-resolved=true in .npmrc');
});

test('[REPO11] every install script is approved or denied by name', () => {
  const allowed = Object.keys(readJson('package.json').allowScripts ?? {});
  const locked = Object.entries(readJson('package-lock.json').packages ?? {});
  const open = locked
    .filter(([path, entry]) => path !== '' && Reflect.get(entry, 'hasInstallScript') === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .filter((name) => !allowed.includes(name));
  assert.deepEqual(open, [], 'review it, then: npm install-scripts approve NAME (or deny NAME)');
});

test('[REPO15] scripts of the workspace start files that exist', () => {
  const scripts = Object.entries(readJson('package.json').scripts ?? {});
  const wrong = scripts.flatMap(([name, command]) => {
    const file = /\bnode (\S+\.ts)/.exec(String(command))?.[1];
    return file === undefined || exists(file) ? [] : [`npm run ${name}: ${file} does not exist`];
  });
  assert.deepEqual(wrong, []);
});

function ruleIdsOf(text: string): string[] {
  return [
    ...text.matchAll(/\b(?:test|it|describe|suite)(?:\.\w+)?\(\s*['"`]((?:\[[A-Z][^\]]*\])+)/g),
  ].flatMap((match) => match[1]!.match(/\b[A-Z][A-Z0-9]*[0-9]+[a-z]?\b/g) ?? []);
}
