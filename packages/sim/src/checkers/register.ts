/**
 * What one operation does to a register that holds a value or nothing: the object at one key, or one bucket. Values are names
 * that no two writes share.
 */
export type RegisterValue = string;
export const ABSENT: RegisterValue = '';

/** What must hold for a write or a delete to happen; undefined: nothing. */
export type Condition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'equals'; readonly values: readonly string[] };

export type RegisterAction =
  | { readonly kind: 'write'; readonly value: RegisterValue; readonly condition?: Condition }
  | { readonly kind: 'delete'; readonly condition?: Condition }
  | { readonly kind: 'read' };

export type RegisterOutcome =
  /** It happened. `seen`: what a read found, or what a delete or a write says that it replaced. */
  | { readonly kind: 'ok'; readonly seen?: RegisterValue; readonly existed?: boolean }
  /** Its condition did not hold, so nothing changed. */
  | { readonly kind: 'refused' }
  /** It may happen at any time after its start, or never. */
  | { readonly kind: 'unknown' };

export interface RegisterOperation {
  readonly id: number;
  readonly startMs: number;
  /** Infinity when the outcome is unknown. */
  readonly endMs: number;
  readonly action: RegisterAction;
  readonly outcome: RegisterOutcome;
}

function holds(condition: Condition | undefined, state: RegisterValue): boolean {
  if (condition === undefined) return true;
  return condition.kind === 'absent' ? state === ABSENT : condition.values.includes(state);
}

/** The state after the operation took effect in `state`; undefined when it can't have had its outcome there. */
export function applyOperation(
  operation: RegisterOperation,
  state: RegisterValue,
): RegisterValue | undefined {
  const { action, outcome } = operation;
  if (action.kind === 'read') {
    return outcome.kind === 'ok' && outcome.seen !== state ? undefined : state;
  }
  const isHeld = holds(action.condition, state);
  const after = action.kind === 'write' ? action.value : ABSENT;
  if (outcome.kind === 'unknown') return isHeld ? after : state;
  if (outcome.kind === 'refused') return isHeld ? undefined : state;
  if (!isHeld) return undefined;
  if (outcome.existed !== undefined && outcome.existed !== (state !== ABSENT)) return undefined;
  return after;
}

export function describeOperation({ id, startMs, endMs, action, outcome }: RegisterOperation): string {
  const condition =
    action.kind === 'read' || action.condition === undefined
      ? ''
      : action.condition.kind === 'absent'
        ? ' if absent'
        : ` if ${action.condition.values.map(shortValue).join(' or ')}`;
  const what = action.kind === 'write' ? `write ${shortValue(action.value)}` : action.kind;
  const result =
    outcome.kind !== 'ok'
      ? outcome.kind
      : action.kind === 'read'
        ? shortValue(outcome.seen ?? ABSENT)
        : `ok${outcome.existed === undefined ? '' : outcome.existed ? ', there was one' : ', there was none'}`;
  const end = Number.isFinite(endMs) ? endMs.toFixed(2) : 'open';
  return `#${id} [${startMs.toFixed(2)}, ${end}] ${what}${condition} -> ${result}`;
}

function shortValue(value: RegisterValue): string {
  return value === ABSENT ? 'nothing' : value.slice(0, 10);
}
