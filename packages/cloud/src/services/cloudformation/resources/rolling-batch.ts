/** The next batch of a rolling update. Pure. */

export interface RollingState {
  /** Instances that must go. */
  readonly old: number;
  readonly oldInService: number;
  /** Old and new. */
  readonly inService: number;
  /** What the template asks for. */
  readonly desired: number;
  /** The group's maximum. */
  readonly most: number;
  /** At least so many stay in service. */
  readonly least: number;
  readonly batchSize: number;
}

export interface Batch {
  /** Old instances to end now. */
  readonly terminate: number;
  /** What the group wants meanwhile: more than the template asks for where otherwise nothing could be ended. */
  readonly desired: number;
}

/**
 * As many as the batch allows and as may be missing from service; those that are not in service are missing already. Where too few may
 * be missing, the group is made larger meanwhile, by at most one batch and never beyond its maximum.
 */
export function planBatch({
  old,
  oldInService,
  inService,
  desired,
  most,
  least,
  batchSize,
}: RollingState): Batch {
  const wanted = Math.min(batchSize, old);
  const idle = old - oldInService;
  const spare = Math.max(0, inService - least);
  return {
    terminate: Math.min(wanted, idle + spare),
    desired: Math.max(desired, Math.min(least + wanted, most)),
  };
}
