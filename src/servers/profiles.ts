import type { Profile, ServerName } from '../model/profile.ts';
import { gunicorn } from './gunicorn.ts';
import { none } from './none.ts';
import { unicorn } from './unicorn.ts';

/** Every server that borginit knows. A new one is a file of data beside these, and a line here. */
export const profiles: Readonly<Record<ServerName, Profile>> = { unicorn, gunicorn, none };
