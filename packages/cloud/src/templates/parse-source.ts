/** From the text of a template, YAML or JSON, to its tree. Syntax only: what the names mean is not known here. */
import type { Document, Node, Pair, ParsedNode } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { didYouMean } from './did-you-mean.ts';
import { ProblemList, templateError } from './problems.ts';
import type { MapNode, Position, ScalarNode, TemplateNode } from './source.ts';

/** What may stand behind an exclamation mark. */
const SHORT_FORMS: ReadonlyMap<string, string> = new Map([
  ['!Ref', 'Ref'],
  ['!Condition', 'Condition'],
  ...[
    'And Base64 Cidr Equals FindInMap ForEach GetAtt GetAZs If ImportValue Join Length Not Or Select Split Sub',
    'ToJsonString Transform Contains EachMemberEquals EachMemberIn RefAll ValueOf ValueOfAll',
  ].flatMap((names) => names.split(' ').map((name): [string, string] => [`!${name}`, `Fn::${name}`])),
]);

const STANDARD_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Throws `TemplateError` with every place where the text is not well formed. */
export function parseSource(text: string): MapNode {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: lines,
    logLevel: 'silent',
    prettyErrors: false,
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  assertWellFormed(document, text, positionAt);
  if (document.contents === null)
    throw templateError('Template format error: the template is empty.', '', { line: 1, column: 1 });
  const problems = new ProblemList();
  const root = new TreeReader(problems, positionAt).read(document.contents, '');
  problems.throwIfAny();
  if (root.kind === 'map') return root;
  throw templateError(
    'Template format error: unsupported structure. The template must be a map with a section Resources.',
    '',
    root.at,
  );
}

function assertWellFormed(
  document: Document.Parsed,
  text: string,
  positionAt: (offset: number) => Position,
): void {
  const isJson = text.trimStart().startsWith('{');
  const language = isJson ? 'JSON' : 'YAML';
  const problems = new ProblemList();
  for (const { message, pos } of document.errors) {
    problems.add(
      `Template format error: ${language} not well-formed. ${firstLine(message)}`,
      '',
      positionAt(pos[0]),
    );
  }
  if (problems.count === 0 && isJson) assertJson(text, problems, positionAt);
  problems.throwIfAny();
}

/** YAML's flow form allows more than JSON does (comments, trailing commas): CloudFormation takes what begins with a brace for JSON. */
function assertJson(text: string, problems: ProblemList, positionAt: (offset: number) => Position): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.length - 1);
    problems.add(
      `Template format error: JSON not well-formed. ${firstLine(message)}`,
      '',
      positionAt(offset),
    );
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0]!;
}

/** Walks the library's tree. */
class TreeReader {
  readonly #problems: ProblemList;
  readonly #positionAt: (offset: number) => Position;

  constructor(problems: ProblemList, positionAt: (offset: number) => Position) {
    this.#problems = problems;
    this.#positionAt = positionAt;
  }

  read(node: ParsedNode | null, path: string, near?: Position): TemplateNode {
    if (node === null) return { kind: 'scalar', value: null, at: near ?? { line: 1, column: 1 } };
    const at = this.#positionAt(node.range[0]);
    const plain = this.#untagged(node, path, at);
    const tag = node.tag;
    if (tag === undefined || STANDARD_TAGS.has(tag)) return plain;
    return this.#tagged(tag, plain, path, at);
  }

  #untagged(node: ParsedNode, path: string, at: Position): TemplateNode {
    if (isAlias(node)) {
      this.#problems.add(
        'Template format error: YAML aliases are not allowed in CloudFormation templates',
        path,
        at,
      );
      return { kind: 'scalar', value: null, at };
    }
    if (isSeq(node)) {
      return {
        kind: 'list',
        items: node.items.map((item, index) => this.read(item as ParsedNode, `${path}.${index}`, at)),
        at,
      };
    }
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], path, at);
    return scalarOf(node, at);
  }

  #map(pairs: readonly Pair<Node, Node | null>[], path: string, at: Position): MapNode {
    const entries = new Map<string, TemplateNode>();
    const keyPositions = new Map<string, Position>();
    for (const { key, value } of pairs) {
      const keyAt = this.#positionAt(key.range?.[0] ?? 0);
      const name = isScalar(key) ? keyText(key.value, key.source) : undefined;
      if (name === undefined || name === '<<') {
        this.#problems.add(
          `Template format error: ${name === '<<' ? 'hash merges are not allowed' : 'keys must be strings'}`,
          path,
          keyAt,
        );
        continue;
      }
      keyPositions.set(name, keyAt);
      entries.set(name, this.read(value as ParsedNode | null, path === '' ? name : `${path}.${name}`, keyAt));
    }
    return { kind: 'map', entries, keyPositions, at };
  }

  #tagged(tag: string, plain: TemplateNode, path: string, at: Position): TemplateNode {
    const name = SHORT_FORMS.get(tag);
    if (name === undefined) {
      const hint = didYouMean(tag, SHORT_FORMS.keys());
      this.#problems.add(`Template format error: unknown tag ${tag}${hint}`, path, at);
      return plain;
    }
    const argument = name === 'Fn::GetAtt' ? splitAttribute(plain) : plain;
    return { kind: 'map', entries: new Map([[name, argument]]), keyPositions: new Map([[name, at]]), at };
  }
}

function keyText(value: unknown, source: string | undefined): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}

/** `!GetAtt Group.Arn` is the list of both names; an attribute may have further dots. */
function splitAttribute(node: TemplateNode): TemplateNode {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return node;
  const dot = node.value.indexOf('.');
  if (dot < 0) return node;
  const scalar = (value: string): ScalarNode => ({ kind: 'scalar', value, at: node.at });
  return {
    kind: 'list',
    items: [scalar(node.value.slice(0, dot)), scalar(node.value.slice(dot + 1))],
    at: node.at,
  };
}

/**
 * A number keeps its spelling as text where the spelling says more than the value: `1.10` is a version, `0644` and `000000000000`
 * are no octal numbers to the person who wrote them, `2010-09-09` is no instant.
 */
function scalarOf(node: ParsedNode, at: Position): ScalarNode {
  const value = isScalar(node) ? (node.value as unknown) : null;
  const source = isScalar(node) ? node.source : undefined;
  if (value === null || value === undefined) return { kind: 'scalar', value: null, at };
  if (typeof value === 'string') return { kind: 'scalar', value, at };
  // CloudFormation's reader takes `yes` and `on` for booleans, and `y` and `n` for themselves.
  if (typeof value === 'boolean')
    return { kind: 'scalar', value: /^[yn]$/i.test(source ?? '') ? source! : value, at };
  if (typeof value === 'number' && String(value) === source) return { kind: 'scalar', value, at };
  return { kind: 'scalar', value: source ?? String(value), at };
}
