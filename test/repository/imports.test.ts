import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { test } from 'node:test';
import { exampleNames, filesEndingIn, importsOf, packageNames, packageOf, readJson } from './source-tree.ts';

/** What each package may import of the workspace. A package that is not listed here has no place in the order yet. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ring: ['base'],
  raft: ['base'],
  store: ['base', 'ring', 'raft'],
  s3: ['base'],
  scaling: ['base'],
  node: ['base', 'ring', 'raft', 'store', 's3'],
  fleet: ['base', 'node'],
  cloud: ['base', 's3', 'scaling', 'node'],
  console: ['base'],
  lab: ['base', 'scaling', 'cloud'],
  cli: ['base', 's3', 'node', 'fleet', 'cloud', 'lab', 'console'],
  sim: ['base', 'ring', 'raft', 'store', 's3', 'scaling', 'node', 'cloud'],
};

const SCOPE = '@crescendo/';
const sources = filesEndingIn('.ts').filter(({ path }) => path.startsWith('packages/'));
const examples = filesEndingIn('.ts').filter(({ path }) => path.startsWith('examples/'));

test('[REPO2] every package has a place in the order of imports', () => {
  assert.deepEqual(
    packageNames().filter((name) => MAY_IMPORT[name] === undefined),
    [],
  );
});

test('[REPO2] packages import only what lies before them', () => {
  const wrong = sources.flatMap(({ path, text }) => {
    const own = packageOf(path)!;
    return importsOf(text)
      .filter((name) => name.startsWith(SCOPE))
      .map((name) => name.slice(SCOPE.length).split('/')[0]!)
      .filter((name) => name !== own && !MAY_IMPORT[own]?.includes(name))
      .map((name) => `${path}: ${own} must not import ${name}`);
  });
  assert.deepEqual(wrong, []);
});

test('[REPO2] the manifests depend only on what lies before them', () => {
  const wrong = packageNames().flatMap((own) =>
    declaredBy(own)
      .filter((name) => name.startsWith(SCOPE))
      .map((name) => name.slice(SCOPE.length))
      .filter((name) => !MAY_IMPORT[own]?.includes(name))
      .map((name) => `packages/${own}/package.json: ${own} must not depend on ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('[REPO3] no import leaves its package by a path, but those of sim', () => {
  const bound = sources.filter(({ path }) => packageOf(path) !== 'sim');
  const wrong = bound.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((name) => name.startsWith('.'))
      .map((name) => posix.normalize(posix.join(posix.dirname(path), name)))
      .filter((target) => packageOf(target) !== packageOf(path))
      .map((target) => `${path} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test('[REPO3] what is imported by name is declared', () => {
  const wrong = sources.flatMap(({ path, text }) => {
    const own = packageOf(path)!;
    const declared = [...declaredBy(own), `${SCOPE}${own}`];
    return importsOf(text)
      .filter((name) => !name.startsWith('.') && !isBuiltin(name))
      .filter((name) => !declared.includes(installedName(name)))
      .map((name) => `${path}: ${name} is not in packages/${own}/package.json`);
  });
  assert.deepEqual([...new Set(wrong)], []);
});

test('[REPO16] an example that is a workspace sees only AWS SDKs, itself and what it declares', () => {
  const wrong = exampleNames().flatMap((name) => {
    const folder = `examples/${name}`;
    const declared = declaredIn(folder);
    const ours = declared.filter((wanted) => wanted.startsWith(SCOPE));
    return [
      ...ours.map((wanted) => `${folder}/package.json: ${wanted} is a package of ours`),
      ...examples
        .filter(({ path }) => path.startsWith(`${folder}/`))
        .flatMap(({ path, text }) => foreignImports(path, text, folder, declared)),
    ];
  });
  assert.deepEqual(wrong, []);
});

test('[REPO16] an import of our packages, by name or by path, is found', () => {
  const text = "import '@crescendo/base'; import '../../../packages/base/src/index.ts'; import './a.ts';";
  const found = foreignImports('examples/wordfreq/src/b.ts', text, 'examples/wordfreq', []);
  assert.equal(found.length, 2);
});

/** What a file of an example imports that a machine which has only the example would lack. */
function foreignImports(path: string, text: string, folder: string, declared: readonly string[]): string[] {
  return importsOf(text)
    .filter((name) =>
      name.startsWith('.')
        ? !posix.normalize(posix.join(posix.dirname(path), name)).startsWith(`${folder}/`)
        : !isBuiltin(name) && !declared.includes(installedName(name)),
    )
    .map((name) => `${path} imports ${name}`);
}

function declaredBy(packageName: string): string[] {
  return declaredIn(`packages/${packageName}`);
}

function declaredIn(folder: string): string[] {
  const manifest = readJson(`${folder}/package.json`);
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) =>
    Object.keys(manifest[field] ?? {}),
  );
}

function isBuiltin(name: string): boolean {
  return name.startsWith('node:') || builtinModules.includes(name);
}

/** `@scope/name/deep` -> `@scope/name`. */
function installedName(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
