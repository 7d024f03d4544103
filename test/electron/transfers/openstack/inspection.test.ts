import { describe, expect, it } from 'vitest';
import type { InspectedFormat, StreamInspection } from '#shared/domain/preflight.ts';
import { requireInspected } from '../../../../electron/transfers/openstack/inspection.ts';
import type { Sending } from '../../../../electron/transfers/sending.ts';

const found = (format: string, failedCheck?: string): InspectedFormat => ({
  format,
  complete: true,
  failures: failedCheck === undefined ? [] : [{ check: failedCheck, reason: 'it looks odd' }],
  sizeProblem: null,
});

/** Whether it is sent to a cloud as `diskFormat`. */
function isSent(matches: readonly InspectedFormat[], diskFormat: string, containerFormat = 'bare'): boolean {
  const inspection: StreamInspection = { matches, breaksOff: false };
  const sending = { path: 'medium', inspect: () => inspection } as unknown as Sending;
  try {
    requireInspected(sending, { diskFormat, containerFormat });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'cloud.unsafe-image' });
    return false;
  }
}

describe('what is sent to Glance', () => {
  it('is what it claims to be, and one thing', () => {
    expect(isSent([found('qcow2')], 'qcow2')).toBe(true);
    expect(isSent([found('qcow2')], 'vmdk')).toBe(false);
    expect(isSent([found('qcow2', 'data_file')], 'qcow2')).toBe(false);
    expect(isSent([found('qcow2'), found('iso')], 'qcow2')).toBe(false);
  });

  it('may be a medium that is a disk as well, since newer releases take it, but nothing else besides', () => {
    expect(isSent([found('iso'), found('gpt')], 'iso')).toBe(true);
    expect(isSent([found('iso'), found('gpt')], 'raw')).toBe(false);
    expect(isSent([found('iso'), found('gpt'), found('vmdk')], 'iso')).toBe(false);
  });

  it('may have a boot record that some releases frown at', () => {
    expect(isSent([found('gpt', 'mbr')], 'raw')).toBe(true);
  });

  it('is not looked into inside a container', () => {
    expect(isSent([found('qcow2')], 'raw', 'ami')).toBe(true);
  });
});
