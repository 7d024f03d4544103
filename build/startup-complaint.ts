/** Finds in what a dying Electron said the one line that is of use to a person. */

/** What Chromium says on healthy machines too. */
const chatter = [
  /\bbus\.cc/,
  /the bus\b/,
  /vaapi/i,
  /libva/,
  /\bgpu\b/i,
  /gl_surface/,
  /Gtk-(?:WARNING|Message)/,
  /DevTools listening/,
];

/** What names a cause, the likeliest first. */
const causes = [
  /error while loading shared libraries/,
  /sandbox/i,
  /Missing X server|cannot open display|no DISPLAY/i,
  /FATAL/,
  /\bERR_|Error:/,
  /ERROR/,
];

/** The line that says why, as the end of a sentence; `ending` is the exit code or the signal. */
export function startupComplaint(said: string, ending: number | string | null): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !chatter.some((pattern) => pattern.test(line)));
  const line =
    causes.map((cause) => lines.find((candidate) => cause.test(candidate))).find(Boolean) ?? lines[0];
  const how =
    typeof ending === 'string' ? `was ended by ${ending}` : `ended with code ${ending ?? 'unknown'}`;
  return line === undefined ? `Electron ${how}` : `Electron ${how} (${withoutPrefix(line)})`;
}

/** Without the program's path, and without Chromium's process, time and source line. */
function withoutPrefix(line: string): string {
  return line
    .replace(/^\[[^\]]*\]\s*/, '')
    .replace(/^(?:\/[^:]*|[A-Za-z]:[^:]*):\s+(?=error while)/, '')
    .replace(/\s+/g, ' ')
    .replace(/[.\s]+$/, '')
    .slice(0, 240);
}
