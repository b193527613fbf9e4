import { AwsError } from '../../../contract/service.ts';
import { DYNAMIC_SERVICES, dynamicReferencesIn, replaceDynamic } from '../../../templates/index.ts';
import type { Properties, ResourceStep } from '../resources/resource-handler.ts';

/** The properties with `{{resolve:...}}` replaced by what the parameter store holds now. */
export async function resolveDynamic(properties: Properties, step: ResourceStep): Promise<Properties> {
  const references = dynamicReferencesIn(properties);
  if (references.length === 0) return properties;
  const found = new Map<string, string>();
  for (const { text, service, name } of references) {
    if (!DYNAMIC_SERVICES.includes(service)) {
      throw new AwsError(
        'ValidationError',
        `Dynamic references to ${service} are not done by this cloud; ${DYNAMIC_SERVICES.join(' and ')} are`,
      );
    }
    const answer = await step.call<{ Parameter?: { Value?: string } }>('ssm', 'GetParameter', {
      Name: name,
      WithDecryption: true,
    });
    found.set(text, answer.Parameter?.Value ?? '');
  }
  return replaceDynamic(properties, found) as Properties;
}
