/** The files of the checkout as the repository rules see them: no installed packages, no data, no build output. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

const PASSED_OVER = new Set(['node_modules', '.git', '.crescendo', 'dist', 'coverage']);
const PURE_PACKAGES = ['base', 'ring', 'raft', 'store', 's3', 'scaling'];

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export function packageNames(): string[] {
  return readdirSync(join(ROOT, 'packages')).filter((name) =>
    existsSync(join(ROOT, 'packages', name, 'package.json')),
  );
}

/** Examples that are workspaces of their own: they must run where nothing else of the repository is. */
export function exampleNames(): string[] {
  return readdirSync(join(ROOT, 'examples')).filter((name) =>
    existsSync(join(ROOT, 'examples', name, 'package.json')),
  );
}

export function purePackageNames(): string[] {
  return packageNames().filter((name) => PURE_PACKAGES.includes(name));
}

/** Files whose name ends in one of the endings, in order. */
export function filesEndingIn(...endings: readonly string[]): SourceFile[] {
  return listFiles(ROOT)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort()
    .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }));
}

function listFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (PASSED_OVER.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...listFiles(path));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** True for tests and what only tests use. */
export function isTestCode(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/') || path.startsWith('test/');
}

/** The package that a path belongs to. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

const STRING_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The code without its comments; line numbers stay. */
export function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (match) =>
    match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match,
  );
}

/** The code without comments and without what stands in strings; line numbers stay. */
export function withoutCommentsAndStrings(text: string): string {
  return text.replace(STRING_OR_COMMENT, (match) => match.replace(/[^\n]/g, ' '));
}

/** `path:line` of everything that matches. */
export function placesOf(path: string, text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return `${path}:${line}: ${match[0].trim()}`;
  });
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"\s(){};]+)['"]/g;

/** What the file imports, static and dynamic, types included. */
export function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(IMPORT)].map((match) => match[1]!);
}

export function readJson(path: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  if (typeof value !== 'object' || value === null) throw new TypeError(`${path} holds no object`);
  return value as Record<string, unknown>;
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}
