/** What a group does not do, in AWS's codes and words. A refused input has changed nothing. */
import { Failure } from '@crescendo/base';

export type RefusalCode =
  | 'ValidationError'
  | 'ScalingActivityInProgress'
  | 'ResourceInUse'
  | 'InstanceRefreshInProgress'
  | 'ActiveInstanceRefreshNotFound'
  | 'IrreversibleInstanceRefresh';

export class GroupRefusal extends Failure<RefusalCode> {
  override readonly name = 'GroupRefusal';
}

export function refuse(code: RefusalCode, message: string): never {
  throw new GroupRefusal(code, message);
}
