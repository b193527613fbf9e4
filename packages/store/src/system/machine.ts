/**
 * The system group's replicated state machine: applies one command of its log. Everything it uses is in the map, the command and the context,
 * so every replica comes to the same state. It does not know raft, nodes or connections, and decides nothing by itself: `planSystem`
 * decides, in the leader, and proposes commands.
 */
import type { KvWriter } from '../ports/state-store.ts';
import type { SystemCommand, SystemContext, SystemOutcome } from './command.ts';
import { applyReportConfigurations, applyReportLoads, applySetTarget } from './configurations.ts';
import {
  applyBeginLeave,
  applyCancelLeave,
  applyDeclare,
  applyFinishLeave,
  applyForget,
} from './departure.ts';
import { Draft, refuse } from './draft.ts';
import { applyFound } from './founding.ts';
import { readHead } from './records.ts';
import { applyRegister } from './registration.ts';

export function applySystemCommand(
  kv: KvWriter,
  context: SystemContext,
  command: SystemCommand,
): SystemOutcome {
  if (command.type === 'found') return applyFound(kv, context, command);
  const head = readHead(kv);
  if (head === undefined) {
    return refuse('NotFounded', 'The cluster has not been founded: its founders have to meet first.');
  }
  const draft = new Draft(kv, context, head);
  switch (command.type) {
    case 'register':
      return applyRegister(draft, command);
    case 'declareDown':
    case 'declareUp':
    case 'declareOut':
      return applyDeclare(draft, command);
    case 'beginLeave':
      return applyBeginLeave(draft, command);
    case 'cancelLeave':
      return applyCancelLeave(draft, command);
    case 'finishLeave':
      return applyFinishLeave(draft, command);
    case 'forget':
      return applyForget(draft, command);
    case 'reportLoads':
      return applyReportLoads(draft, command);
    case 'reportConfigurations':
      return applyReportConfigurations(draft, command);
    case 'setTarget':
      return applySetTarget(draft, command);
    default:
      return refuse(
        'Invalid',
        `The command ${String((command as { type: unknown }).type)} is not known here.`,
      );
  }
}
