/** The supervisor of this machine's processes. */
import { isatty } from 'node:tty';
import type { Config } from '../model/spec.ts';
import type { Supervisor } from './api.ts';
import { Engine } from './engine.ts';
import type { Hands } from './hands.ts';
import { processHands, type Place } from './process-hands.ts';
import { EngineSupervisor, type OpenHands } from './supervisor.ts';

export interface SupervisorOptions extends Place {
  /** Of borginit, for its status. */
  readonly version: string;
  /** Another world than this machine's. */
  readonly hands?: Hands;
}

/** Makes a supervisor. Nothing is started, watched or written before its `start`. */
export function createSupervisor(config: Config, { hands, version, ...place }: SupervisorOptions): Supervisor {
  const openHands: OpenHands = (onSignal) => hands ?? processHands(place, onSignal);
  return new EngineSupervisor(new Engine(config), openHands, { hasTerminal: isatty(0), version });
}
