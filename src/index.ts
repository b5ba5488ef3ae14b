/** borginit as a library: the same supervisor in anybody's Node process. Importing it does nothing. */
export { createSupervisor } from './surfaces/library/create-supervisor.ts';
export type { ConfigInput, SupervisorOptions } from './surfaces/library/create-supervisor.ts';
export { becomeInit } from './surfaces/library/become-init.ts';
export { loadConfig } from './config/load-config.ts';
export { commandConfig } from './config/command-config.ts';
export { parseConfig } from './config/parse-config.ts';
export type { ConfigIssue, ConfigResult } from './config/issue.ts';
export { BorginitError, errors } from './model/errors.ts';
export type { ErrorCode } from './model/errors.ts';
export { exitStatus } from './model/outcome.ts';
export type { ExitOutcome } from './model/outcome.ts';
export type { Notice, Operation, OperationResult, SupervisorEvents, Transition } from './model/operation.ts';
export type { PlannedStep, ReloadPlan } from './model/reload-plan.ts';
export type { ReloadOutcome, ReloadRecord, TimelineEntry } from './model/reload-record.ts';
export type { RolloutEffect, RolloutEvent } from './model/rollout.ts';
export type { Signal } from './model/signal.ts';
export type {
  HealthName,
  InstanceSnapshot,
  InstanceStateName,
  RolloutSnapshot,
  Snapshot,
  WorkerSnapshot,
} from './model/snapshot.ts';
export type * from './model/spec.ts';
export type { Supervisor } from './supervisor/api.ts';
export type {
  Hands,
  InitHand,
  InstanceHand,
  Journal,
  Report,
  RevisionListener,
  RevisionWatch,
  RolloutHand,
} from './supervisor/hands.ts';
