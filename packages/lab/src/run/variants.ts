/** Variants as they are written on a command line. */
import { checkParameters, type LabTemplate, readTemplate } from '../cloud/lab-template.ts';
import type { ReadText } from '../load/rows.ts';
import { badSpec } from '../load/spec-error.ts';
import type { Variant } from './experiment.ts';

export const VARIANT_HELP =
  'K=V,K=V (values of parameters), FILE.yaml (another template), FILE.yaml,K=V; a name before it and a colon, as in tuned:Threshold=10';

type Values = Readonly<Record<string, string>>;

/** `K=V` texts. */
export function parseValues(texts: readonly string[]): Values {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)] as const;
      throw badSpec(`"${text}" is no value of a parameter: give NAME=VALUE, for example MaxSize=6`);
    }),
  );
}

/** What is given for all variants, then what each says itself. Fails when a template does not take a value. */
export function parseVariant(text: string, base: LabTemplate, values: Values, read: ReadText): Variant {
  const [, name, body = ''] = /^(?:([A-Za-z0-9][\w .-]*):)?(.*)$/s.exec(text) ?? [];
  const parts = body.split(/,(?=[^,=]+(?:=|$))/).filter((part) => part !== '');
  const files = parts.filter((part) => !part.includes('='));
  if (files.length > 1 || files.some((file) => !/\.(?:ya?ml|json|template)$/.test(file)))
    throw badSpec(`"${text}" is no variant: give ${VARIANT_HELP}`);
  const source = files[0] === undefined ? base : readTemplate(files[0], read(files[0]));
  const own = parseValues(parts.filter((part) => part.includes('=')));
  return variantOf(name ?? (text === '' ? 'as given' : text), source, { ...values, ...own });
}

/** Fails when the template does not take a value. */
export function variantOf(name: string, source: LabTemplate, values: Values): Variant {
  checkParameters(source, values);
  return { name, source, values };
}
