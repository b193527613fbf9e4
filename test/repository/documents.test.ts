import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import type { SourceFile } from './source-tree.ts';
import { exists, filesEndingIn } from './source-tree.ts';

const documents = filesEndingIn('.md');
const decisions = documents.filter(({ path }) => /^docs\/decisions\/\d/.test(path));

/** The targets of `[text](target)`, relative ones only, from the repository's root, without anchors. */
function linksOf({ path, text }: SourceFile): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!.split('#')[0]!)
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => posix.normalize(posix.join(posix.dirname(path), target)));
}

function linksFrom(path: string): string[] {
  const document = documents.find((one) => one.path === path);
  assert.ok(document, `${path} exists`);
  return linksOf(document);
}

test('[REPO12] the reading order names every document', () => {
  const linked = linksFrom('docs/README.md');
  const wanted = documents
    .map(({ path }) => path)
    .filter((path) => isDocument(path) && !decisions.some((decision) => decision.path === path));
  assert.deepEqual(
    wanted.filter((path) => !linked.includes(path)),
    [],
    'name it in docs/README.md, at the place where it should be read',
  );
});

function isDocument(path: string): boolean {
  const beside = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
  const inDocs = path.startsWith('docs/') && path !== 'docs/README.md';
  return inDocs || beside.includes(path) || path.endsWith('/SPEC.md');
}

test('[REPO12] the list of decisions names every decision', () => {
  const linked = linksFrom('docs/decisions/README.md');
  assert.deepEqual(
    decisions.map(({ path }) => path).filter((path) => !linked.includes(path)),
    [],
  );
});

test('[REPO13] relative links lead to something', () => {
  const broken = documents.flatMap((document) =>
    linksOf(document)
      .filter((target) => !exists(target))
      .map((target) => `${document.path} -> ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('[REPO14] decisions are numbered without gaps', () => {
  const numbers = decisions.map(({ path }) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]));
  assert.ok(numbers.length > 0);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
});

test('[REPO14] decisions say status, context, decision and consequences', () => {
  const wrong = decisions.flatMap(({ path, text }) =>
    [
      /^# \d{4}: \S/m,
      /^Status: (?:accepted|superseded by \d{4})/m,
      /^## Context$/m,
      /^## Decision$/m,
      /^## Consequences$/m,
    ]
      .filter((part) => !part.test(text))
      .map((part) => `${path} lacks ${part.source}`),
  );
  assert.deepEqual(wrong, []);
});
