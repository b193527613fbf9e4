/** The form in which each subject hands out its operations. */
import type { AwsService, RequestContext } from '../../../contract/service.ts';
import type { GroupKeeper } from '../group-keeper.ts';

type Handler<Input> = (input: Input, context: RequestContext) => unknown;

/** Operations of one subject; each checks and reads its own input. */
export type OperationSet = AwsService['operations'];

/** Lets a list of handlers, each with an input of its own, be one set. */
export function operationSet(handlers: Readonly<Record<string, Handler<never>>>): OperationSet {
  return handlers;
}

export type MakeOperations = (keeper: GroupKeeper) => OperationSet;
