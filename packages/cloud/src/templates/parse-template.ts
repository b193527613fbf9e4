import { expandLanguageExtensions, usesLanguageExtensions } from './language-extensions.ts';
import { parameterTexts } from './parameter-values.ts';
import { parseSource } from './parse-source.ts';
import { readParameters } from './read-parameter.ts';
import { readTemplate } from './read-template.ts';
import type { Template } from './template.ts';

/**
 * From text, YAML or JSON, to sections. Throws `TemplateError` with every place that is not as it must be.
 *
 * @param given values of parameters, for loops over them; where one is not given its default counts. Without it a loop over a parameter
 * that has no default is left out: enough to look a template through, not to deploy it
 */
export function parseTemplate(text: string, given?: ReadonlyMap<string, string>): Template {
  const root = treeOf(text);
  if (!usesLanguageExtensions(root)) return readTemplate(root);
  return readTemplate(expandLanguageExtensions(root, parameterTexts(readParameters(root), given)));
}

/** A stack is looked at many times, each time by its text; reading YAML costs more than all else. */
const KEPT_TREES = 8;
const trees = new Map<string, ReturnType<typeof parseSource>>();

function treeOf(text: string): ReturnType<typeof parseSource> {
  const known = trees.get(text);
  const tree = known ?? parseSource(text);
  // The one that was used last is forgotten last.
  trees.delete(text);
  trees.set(text, tree);
  if (trees.size > KEPT_TREES) trees.delete(trees.keys().next().value!);
  return tree;
}
