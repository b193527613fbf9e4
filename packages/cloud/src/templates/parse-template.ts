import { parseSource } from './parse-source.ts';
import { readTemplate } from './read-template.ts';
import type { Template } from './template.ts';

/** From text, YAML or JSON, to sections. Throws `TemplateError` with every place that is not as it must be. */
export function parseTemplate(text: string): Template {
  return readTemplate(parseSource(text));
}
