/** The section Rules: what must hold of the parameters before anything is made. Its functions see parameters and mappings only. */
import { didYouMean } from './did-you-mean.ts';
import type { Scope } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { ProblemList, templateError } from './problems.ts';
import type { FunctionCall, TemplateNode } from './source.ts';
import { functionCallOf, textOf } from './source.ts';
import type { RuleAssertion, RuleDeclaration, Template } from './template.ts';
import { isList, sameValue, type Value } from './values.ts';

export function readRule(
  name: string,
  node: TemplateNode,
  path: string,
  problems: ProblemList,
): RuleDeclaration | undefined {
  const assertions = node.kind === 'map' ? node.entries.get('Assertions') : undefined;
  if (node.kind !== 'map' || assertions?.kind !== 'list') {
    problems.add(`Template format error: Rule ${name} needs a list of Assertions`, path, node.at);
    return undefined;
  }
  const when = node.entries.get('RuleCondition');
  return {
    name,
    ...(when !== undefined && { when }),
    assertions: assertions.items.flatMap((item, index) =>
      readAssertion(item, `${path}.Assertions.${index}`, problems),
    ),
  };
}

function readAssertion(node: TemplateNode, path: string, problems: ProblemList): RuleAssertion[] {
  const assert = node.kind === 'map' ? node.entries.get('Assert') : undefined;
  if (node.kind !== 'map' || assert === undefined) {
    problems.add('Template format error: every assertion of a rule needs an Assert', path, node.at);
    return [];
  }
  const description = textOf(node.entries.get('AssertDescription'));
  return [{ assert, ...(description !== undefined && { description }) }];
}

/** Throws `TemplateError` with every assertion that does not hold. */
export function assertRules(template: Template, scope: Scope): void {
  const problems = new ProblemList();
  for (const rule of template.rules.values()) {
    const path = `Rules.${rule.name}`;
    const test = new RuleTest(scope, path);
    problems.attempt(() => {
      if (rule.when !== undefined && !test.holds(rule.when)) return;
      for (const [index, { assert, description }] of rule.assertions.entries()) {
        if (test.holds(assert)) continue;
        const said = description ?? 'the assertion does not hold';
        problems.add(`Rule ${rule.name} failed: ${said}`, `${path}.Assertions.${index}`, assert.at);
      }
    });
  }
  problems.throwIfAny();
}

type Test = (test: RuleTest, operands: readonly TemplateNode[]) => boolean;

/** How many operands a function of rules takes, and what it says. */
const TESTS: Readonly<
  Record<string, { readonly least: number; readonly most: number; readonly holds: Test }>
> = {
  'Fn::And': { least: 2, most: 10, holds: (test, all) => all.every((one) => test.holds(one)) },
  'Fn::Or': { least: 2, most: 10, holds: (test, all) => all.some((one) => test.holds(one)) },
  'Fn::Not': { least: 1, most: 1, holds: (test, [one]) => !test.holds(one!) },
  'Fn::Equals': {
    least: 2,
    most: 2,
    holds: (test, [one, other]) => sameValue(test.value(one!), test.value(other!)),
  },
  'Fn::Contains': {
    least: 2,
    most: 2,
    holds: (test, [list, one]) => includes(test.list(list!), test.value(one!)),
  },
  'Fn::EachMemberIn': {
    least: 2,
    most: 2,
    holds: (test, [some, all]) => {
      const allowed = test.list(all!);
      return test.list(some!).every((one) => includes(allowed, one));
    },
  },
  'Fn::EachMemberEquals': {
    least: 2,
    most: 2,
    holds: (test, [list, one]) => {
      const wanted = test.value(one!);
      return test.list(list!).every((member) => sameValue(member, wanted));
    },
  },
};

function includes(list: readonly Value[], wanted: Value): boolean {
  return list.some((one) => sameValue(one, wanted));
}

class RuleTest {
  readonly #scope: Scope;
  readonly #path: string;

  constructor(scope: Scope, path: string) {
    this.#scope = scope;
    this.#path = path;
  }

  holds(node: TemplateNode): boolean {
    const call = functionCallOf(node);
    const test = call && TESTS[call.name];
    if (call !== undefined && test !== undefined) return test.holds(this, this.#operands(call, test));
    const name = call?.name ?? 'this';
    const hint = call === undefined ? '' : didYouMean(name, Object.keys(TESTS));
    throw this.#error(
      `Template error: rules are made of ${Object.keys(TESTS).join(', ')}; ${name} is not done by this cloud${hint}`,
      node,
    );
  }

  /** Texts for numbers and booleans too: parameters are texts. */
  value(node: TemplateNode): Value {
    return asText(evaluate(node, this.#scope, this.#path));
  }

  list(node: TemplateNode): readonly Value[] {
    const list = evaluate(node, this.#scope, this.#path);
    if (isList(list)) return (list as readonly Value[]).map(asText);
    throw this.#error('Template error: this must be a list', node);
  }

  #operands(
    { name, argument, at }: FunctionCall,
    { least, most }: { readonly least: number; readonly most: number },
  ): readonly TemplateNode[] {
    const items = argument.kind === 'list' ? argument.items : [];
    if (items.length >= least && items.length <= most) return items;
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw templateError(`Template error: ${name} needs a list of ${count} operands`, this.#path, at);
  }

  #error(message: string, node: TemplateNode): Error {
    return templateError(message, this.#path, node.at);
  }
}

function asText(value: Value): Value {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
