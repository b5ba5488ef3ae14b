import { activated } from './activated.ts';
import { apache } from './apache.ts';
import { gunicorn } from './gunicorn.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { phpFpm } from './php-fpm.ts';
import { puma } from './puma.ts';
import type { RigServer } from './server.ts';
import { standIn } from './stand-in.ts';
import { unicorn } from './unicorn.ts';
import { uwsgi } from './uwsgi.ts';

/** Every server that a home can be made for. */
export const servers = {
  unicorn,
  gunicorn,
  'stand-in': standIn,
  nginx,
  puma,
  'php-fpm': phpFpm,
  haproxy,
  uwsgi,
  apache,
  activated,
} as const satisfies Readonly<Record<string, RigServer>>;

export type RigServerName = keyof typeof servers;
