export { findRunDir, openRunDir } from '../effects/run-dir.ts';
