/** bin/borginit.js without a build. */
import { runProcess } from '../../src/surfaces/cli/entry.ts';

await runProcess();
