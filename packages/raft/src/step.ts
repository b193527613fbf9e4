import { unreachable } from '@crescendo/base';
import {
  handlePreVoteRequest,
  handlePreVoteResponse,
  handleVoteRequest,
  handleVoteResponse,
  hearsLeader,
} from './election.ts';
import { answerStaleLeader, handleAppendRequest, handleHeartbeat, handleTimeoutNow } from './following.ts';
import { handleHeartbeatResponse, noteHeard } from './leading.ts';
import type { Message, PeerId } from './protocol.ts';
import { isKnownPeer, type RaftState, sendNow } from './raft-state.ts';
import { handleAppendResponse } from './replication.ts';
import { becomeFollower } from './role.ts';
import { wakeForMessage } from './sleep.ts';

/** One message: first what its term means (Ongaro 3.3), then what it says. */
export function step(state: RaftState, from: PeerId, message: Message): void {
  if (from === state.self) return;
  wakeForMessage(state, from, message);
  if (message.term < state.term) {
    answerStale(state, from, message);
    return;
  }
  if (message.term > state.term && !meetNewerTerm(state, from, message)) return;
  handle(state, from, message);
}

/** False when the message must be ignored. */
function meetNewerTerm(state: RaftState, from: PeerId, message: Message): boolean {
  switch (message.type) {
    case 'preVoteRequest':
      return true; // A question about a term that has not begun. [E2]
    case 'preVoteResponse':
      if (message.granted) return true;
      break;
    case 'voteRequest':
      if (!message.transfer && hearsLeader(state)) return false; // [E4]
      break;
    case 'appendRequest':
    case 'heartbeat':
    case 'timeoutNow':
      becomeFollower(state, message.term, from);
      return true;
  }
  // Answers of peers that are no members prove nothing to this group: one that was removed can't end a term. [E7]
  if (message.type !== 'voteRequest' && !isKnownPeer(state, from)) return false;
  becomeFollower(state, message.term, null);
  return true;
}

/** Who lives in an earlier term learns this one from the answer, where it can't come by it otherwise. [T2] */
function answerStale(state: RaftState, from: PeerId, message: Message): void {
  const { term } = state;
  switch (message.type) {
    case 'appendRequest':
      answerStaleLeader(state, from, message.previousIndex);
      break;
    case 'heartbeat':
      answerStaleLeader(state, from, 0);
      break;
    case 'preVoteRequest':
      sendNow(state, from, { type: 'preVoteResponse', term, granted: false });
      break;
    case 'voteRequest':
      sendNow(state, from, { type: 'voteResponse', term, granted: false });
      break;
  }
}

function handle(state: RaftState, from: PeerId, message: Message): void {
  const { leadership } = state;
  if (leadership !== null) noteHeard(leadership, from);
  switch (message.type) {
    case 'preVoteRequest':
      handlePreVoteRequest(state, from, message);
      break;
    case 'preVoteResponse':
      handlePreVoteResponse(state, from, message);
      break;
    case 'voteRequest':
      handleVoteRequest(state, from, message);
      break;
    case 'voteResponse':
      handleVoteResponse(state, from, message);
      break;
    case 'appendRequest':
      handleAppendRequest(state, from, message);
      break;
    case 'heartbeat':
      handleHeartbeat(state, from, message);
      break;
    case 'timeoutNow':
      handleTimeoutNow(state, from);
      break;
    case 'appendResponse':
      if (leadership !== null) handleAppendResponse(state, leadership, from, message);
      break;
    case 'heartbeatResponse':
      if (leadership !== null) handleHeartbeatResponse(state, leadership, from, message);
      break;
    default:
      unreachable(message);
  }
}
