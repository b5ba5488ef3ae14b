import type { Transition } from '../../model/operation.ts';
import type { ReloadOutcome } from '../../model/reload-record.ts';
import type { Supervisor } from '../../supervisor/api.ts';
import type { Logger } from './logger.ts';

/**
 * The only place where what the supervisor does becomes log records. Returns the function that unsubscribes.
 *
 * Messages   "transition", "reload ended", "leaving", and those of the notices
 */
export function logSupervisor(supervisor: Pick<Supervisor, 'on'>, log: Logger): () => void {
  const subscriptions = [
    supervisor.on('transition', (transition) => log[transitionLevel(transition)](transition, 'transition')),
    supervisor.on('reload', (record) => log[reloadLevels[record.outcome]](record, 'reload ended')),
    supervisor.on('notice', ({ level, message, facts }) => log[level](facts, message)),
    supervisor.on('left', ({ status }) => log.info({ status }, 'leaving')),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}

const reloadLevels = {
  reloaded: 'info',
  'rolled-back': 'warn',
  failed: 'error',
} as const satisfies Record<ReloadOutcome, 'info' | 'warn' | 'error'>;

function transitionLevel({ to }: Transition): 'info' | 'warn' | 'error' {
  if (to === 'failed') return 'error';
  return to === 'backoff' || to.endsWith('/rolling-back') ? 'warn' : 'info';
}
