import type { Profile } from '../model/profile.ts';
import { apache } from './apache.ts';
import { gunicorn } from './gunicorn.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { none } from './none.ts';
import { phpFpm } from './php-fpm.ts';
import { puma } from './puma.ts';
import { unicorn } from './unicorn.ts';
import { uwsgi } from './uwsgi.ts';

/** Every server that borginit knows by itself. A new one is a file of data beside these, and a line here. */
export const profiles = {
  unicorn,
  gunicorn,
  nginx,
  puma,
  'php-fpm': phpFpm,
  uwsgi,
  haproxy,
  apache,
  none,
} as const satisfies Readonly<Record<string, Profile>>;

export type ServerName = keyof typeof profiles;
