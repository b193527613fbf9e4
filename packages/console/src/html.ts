/**
 * Pages from templates in which every value is text. Only what another such template made is markup.
 *
 * (H1) There is no other way to markup: a name with `<` in it is shown as it is, wherever it stands.
 */
import { escaped } from '@crescendo/base';

/** Markup; made by `html` alone. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** `undefined` and `false` are nothing; lists are joined. */
export type HtmlValue = string | number | Html | undefined | false | readonly HtmlValue[];

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = '';
  for (const [index, part] of parts.entries()) {
    text += part.replace(/\n\s+/g, '\n');
    if (index < values.length) text += textOf(values[index]);
  }
  return new Html(text);
}

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') return escaped(value); // (H1)
  return value.map(textOf).join('');
}
