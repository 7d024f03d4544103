import { describe, expect, it } from 'vitest';
import { startupComplaint } from '../../build/startup-complaint.ts';

const bus =
  '[11:1122/205340.377:ERROR:bus.cc(399)] Failed to connect to the bus: Failed to connect to socket /run/dbus\n';
const gpu =
  '[12:1122/205341.1:ERROR:viz_main_impl.cc(186)] Exiting GPU process due to errors during initialization\n';

describe('the one line about an Electron that did not start', () => {
  it('names the library that is missing', () => {
    const said =
      '/opt/electron/electron: error while loading shared libraries: libgtk-3.so.0: cannot open shared object file\n';
    expect(startupComplaint(said, 127)).toBe(
      'Electron ended with code 127 (error while loading shared libraries: libgtk-3.so.0: cannot open shared object file)',
    );
  });

  it('looks past what Chromium says on healthy machines', () => {
    const said = `${bus}${gpu}[11:1122/205341.2:ERROR:ozone_platform_x11.cc(240)] Missing X server or $DISPLAY\n${bus}`;
    expect(startupComplaint(said, 'SIGABRT')).toBe(
      'Electron was ended by SIGABRT (Missing X server or $DISPLAY)',
    );
  });

  it('prefers the sandbox to what follows from it', () => {
    const said =
      '[1:FATAL:a.cc(1)] Check failed: something\n[1:FATAL:setuid_sandbox_host.cc(158)] The SUID sandbox helper binary was found, but is not configured correctly.\n';
    expect(startupComplaint(said, 'SIGTRAP')).toContain('The SUID sandbox helper binary was found');
  });

  it('is one line, of bounded length, even when nothing was said', () => {
    expect(startupComplaint('', 1)).toBe('Electron ended with code 1');
    expect(startupComplaint(`${bus}${gpu}`, null)).toBe('Electron ended with code unknown');
    const long = startupComplaint(`${'word\t'.repeat(500)}\nmore`, 1);
    expect(long.length).toBeLessThan(300);
    expect(long).not.toMatch(/[\n\t]/);
  });
});
