/** The section Conditions: each is worked out once; a circle of conditions is an error that names it. */

import { didYouMean } from './did-you-mean.ts';
import { templateError } from './problems.ts';
import type { FunctionCall, Position, TemplateNode } from './source.ts';
import { functionCallOf, textOf } from './source.ts';
import { sameValue, UNKNOWN, type Value } from './values.ts';

export class Conditions {
  readonly #declared: ReadonlyMap<string, TemplateNode>;
  readonly #evaluate: (node: TemplateNode, path: string) => Value;
  readonly #known = new Map<string, boolean>();
  readonly #open: string[] = [];

  constructor(
    declared: ReadonlyMap<string, TemplateNode>,
    evaluate: (node: TemplateNode, path: string) => Value,
  ) {
    this.#declared = declared;
    this.#evaluate = evaluate;
  }

  holds(name: string, path: string, at: Position): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const node = this.#declared.get(name);
    if (node === undefined) {
      const hint = didYouMean(name, this.#declared.keys());
      throw templateError(`Template format error: Unresolved condition dependency ${name}${hint}`, path, at);
    }
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(' -> ');
      throw templateError(
        `Template error: Circular dependency between conditions: ${circle}`,
        `Conditions.${name}`,
        node.at,
      );
    }
    this.#open.push(name);
    const result = this.#test(node, `Conditions.${name}`);
    this.#open.pop();
    this.#known.set(name, result);
    return result;
  }

  #test(node: TemplateNode, path: string): boolean {
    const named =
      node.kind === 'map' && node.entries.size === 1 ? textOf(node.entries.get('Condition')) : undefined;
    if (named !== undefined) return this.holds(named, path, node.at);
    const call = functionCallOf(node);
    switch (call?.name) {
      case 'Fn::And':
        return this.#operands(call, path, 2, 10).every((operand) => this.#test(operand, path));
      case 'Fn::Or':
        return this.#operands(call, path, 2, 10).some((operand) => this.#test(operand, path));
      case 'Fn::Not':
        return !this.#test(this.#operands(call, path, 1, 1)[0]!, path);
      case 'Fn::Equals':
        return this.#equal(this.#operands(call, path, 2, 2), path);
      default:
        throw templateError(
          'Template format error: every condition is made of Fn::And, Fn::Or, Fn::Not, Fn::Equals and Condition',
          path,
          node.at,
        );
    }
  }

  #operands(
    { name, argument, at }: FunctionCall,
    path: string,
    least: number,
    most: number,
  ): readonly TemplateNode[] {
    const items = argument.kind === 'list' ? argument.items : [];
    if (items.length >= least && items.length <= most) return items;
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw templateError(`Template error: ${name} needs a list of ${count} operands`, path, at);
  }

  #equal(operands: readonly TemplateNode[], path: string): boolean {
    const [one, other] = operands.map((operand) => comparable(this.#evaluate(operand, path)));
    if (one === UNKNOWN || other === UNKNOWN) {
      throw templateError(
        'Template format error: conditions can refer to parameters and mappings only',
        path,
        operands[0]!.at,
      );
    }
    return sameValue(one, other);
  }
}

/** `Fn::Equals` compares texts: a number or boolean of the template with a parameter, which is always text. */
function comparable(value: Value): Value {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
