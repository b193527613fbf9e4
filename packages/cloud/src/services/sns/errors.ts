/** The errors of SNS, by the codes of its wire. */
import { AwsError } from '../../contract/service.ts';

export function invalidParameter(what: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
}

export function noSuch(what: 'Topic' | 'Subscription' | 'Resource'): AwsError {
  return new AwsError('NotFound', `${what} does not exist`, 404);
}
