import { mkdirSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { configSchema } from '../src/config/schema.ts';

// What JSON Schema cannot express (a command's first word, names of signals, …) is left to `borginit check`.
const schema = toJsonSchema(configSchema, { typeMode: 'input', errorMode: 'ignore' });
const title = { title: 'borginit configuration' };

mkdirSync('dist', { recursive: true });
writeFileSync('dist/config.schema.json', `${JSON.stringify({ ...schema, ...title }, undefined, 2)}\n`);
