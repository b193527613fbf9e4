/** What a group asks of the world. Each can be repeated without harm. */
import type { PendingLaunch } from './group-state.ts';

export type GroupEffect =
  | { readonly type: 'launch'; readonly launch: PendingLaunch }
  | { readonly type: 'terminate'; readonly instanceId: string; readonly reason: string }
  | {
      readonly type: 'set-target-state';
      readonly instanceId: string;
      readonly state: 'InService' | 'Standby' | 'Terminated' | 'Detached';
    }
  /** A notification, or the message of a hook; best effort. */
  | {
      readonly type: 'publish';
      readonly targetArn: string;
      readonly message: Readonly<Record<string, unknown>>;
    };
