import { findInstanceType } from '@crescendo/cloud/virtual';
import type { WorkKind } from './experiment.ts';

/** Workers of an instance, by its type: as many as were asked for, else one for each processor. */
export function slotsFor(work: WorkKind): (instanceType: string) => number {
  return (instanceType) => {
    const processors = findInstanceType(instanceType)?.vcpus ?? 1;
    return work.kind === 'jobs' ? (work.workers ?? processors) : processors;
  };
}
