import type { Member } from './member.ts';

/** `steps`: distance from the key for owners, to the key for the others. */
export interface Candidate {
  readonly member: Member;
  readonly steps: bigint;
}

const MAX_CANDIDATES = 48;

/** Keeps the list sorted, free of doubles, and within its limit. */
export function insertCandidate(candidates: Candidate[], candidate: Candidate): void {
  let index = 0;
  while (index < candidates.length && candidates[index]!.steps < candidate.steps) index++;
  const present = candidates[index];
  if (present !== undefined && present.member.id === candidate.member.id) return;
  candidates.splice(index, 0, candidate);
  if (candidates.length > MAX_CANDIDATES) candidates.pop();
}
