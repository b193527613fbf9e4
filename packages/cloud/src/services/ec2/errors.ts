/** EC2's errors, by its own codes and as near to its words as they are published. */
import { AwsError } from '../../contract/service.ts';

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}

export function invalidCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombination', message);
}

/** @param code for example `InvalidInstanceID.NotFound` */
export function notFound(code: string, what: string, ids: readonly string[]): AwsError {
  const [subject, verb] = ids.length === 1 ? [what, 'does'] : [`${what}s`, 'do'];
  return new AwsError(code, `The ${subject} '${ids.join(', ')}' ${verb} not exist`);
}

export function incorrectState(instanceId: string): AwsError {
  return new AwsError(
    'IncorrectInstanceState',
    `The instance '${instanceId}' is not in a state from which it can be started or stopped.`,
  );
}
