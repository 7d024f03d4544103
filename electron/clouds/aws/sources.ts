/** Where AWS's rules were read. */
import type { RuleSource } from '#shared/domain/preflight.ts';

const read = (title: string): RuleSource => ({ title, readOn: '2026-11-28' });

export const startSnapshot = read('Amazon EBS direct APIs, StartSnapshot');
export const importSnapshot = read('VM Import/Export User Guide, import a disk as a snapshot');
export const prerequisites = read('VM Import/Export User Guide, requirements for resources that you import');
export const limitations = read('VM Import/Export User Guide, limitations for imported resources');
export const importImage = read('Amazon EC2 API, ImportImage');
