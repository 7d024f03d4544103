/** Vitest calls this once before all tests: it bundles the threads' scripts. */
export { buildThreads as default } from '../../build/build.ts';
