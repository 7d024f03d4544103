/** Both scripts that join parts: the shell's is run, that for Windows is read as its command prompt reads it, word by word. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinBatchName, joinScripts, joinScriptName } from '#engine/operations/join-scripts.ts';
import { noise } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Carries out a batch file of `copy /b`, `certutil | findstr`, `move`, `echo` and `exit`: any other line fails the test. */
function runBatch(text: string, at: string): { readonly code: number; readonly said: readonly string[] } {
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  const said: string[] = [];
  for (const line of text.split('\r\n')) {
    if (/^(@echo off|chcp 65001 >nul|cd \/d "%~dp0"|)$/.test(line)) continue;
    // A single per cent sign would begin a variable.
    expect(line.replaceAll('%%', '')).not.toContain('%');
    const names = [...line.matchAll(/"([^"]*)"/g)].map(([, name]) => join(at, name!.replaceAll('%%', '%')));
    const copy = /^copy \/y \/b "[^"]*"(\+"[^"]*")? "[^"]*" \|\| exit \/b 1$/.exec(line);
    const check =
      /^certutil -hashfile "[^"]*" SHA256 \| findstr \/i ([0-9a-f]{64}) >nul \|\| \(echo ("[^"]*": a part is damaged)& exit \/b 1\)$/.exec(
        line,
      );
    if (copy !== null) {
      const sources = names.slice(0, -1);
      if (!sources.every((path) => existsSync(path))) return { code: 1, said };
      writeFileSync(names.at(-1)!, Buffer.concat(sources.map((path) => readFileSync(path))));
    } else if (check !== null) {
      if (sha256(readFileSync(names[0]!)) !== check[1]) return { code: 1, said: [...said, check[2]!] };
    } else {
      expect(line).toMatch(/^move \/y "[^"]*" "[^"]*" \|\| exit \/b 1$/);
      renameSync(names[0]!, names[1]!);
    }
  }
  return { code: 0, said };
}

function runShell(path: string): number {
  try {
    execFileSync('sh', [path], { stdio: 'pipe' });
    return 0;
  } catch (error) {
    return (error as { status: number }).status;
  }
}

/** Two files in parts, and one that is whole, whose names ask for quotes. */
function parts(name: string) {
  const at = join(folder, name);
  mkdirSync(at);
  const files = ["it's 100%.raw", 'Ärger & Söhne.vhd', 'whole.raw'].map((file, index) => {
    const bytes = noise(1000 + index, index + 1);
    const whole = { path: join(at, file), sha256: sha256(bytes) };
    if (file === 'whole.raw') return whole;
    const cut = [0, 400, 800].map((start, part) => ({
      path: `${whole.path}.00${part + 1}`,
      bytes: bytes.subarray(start, start + 400),
    }));
    for (const part of cut) writeFileSync(part.path, part.bytes);
    return {
      ...whole,
      parts: cut.map(({ path, bytes: of }) => ({ path, sizeBytes: of.length, sha256: sha256(of) })),
    };
  });
  const texts = new Map(joinScripts('all', files).map(({ fileName, text }) => [fileName, text]));
  writeFileSync(join(at, joinScriptName('all')), texts.get(joinScriptName('all'))!);
  const run = {
    shell: () => ({ code: runShell(join(at, joinScriptName('all'))), said: [] }),
    batch: () => runBatch(texts.get(joinBatchName('all'))!, at),
  };
  return { files: files.filter((file) => 'parts' in file), run };
}

describe.each(['shell', 'batch'] as const)('the script for the %s', (kind) => {
  it('joins all files, and leaves nothing half-made beside them', () => {
    const { files, run } = parts(`${kind}-whole`);
    expect(run[kind]().code).toBe(0);
    for (const { path, sha256: digest } of files) {
      expect(sha256(readFileSync(path))).toBe(digest);
      expect(existsSync(`${path}.joining`)).toBe(false);
    }
  });

  it('gives no name to what is damaged, or lacks a part', () => {
    for (const [name, damage] of [
      ['damaged', (path: string) => writeFileSync(path, noise(400, 9))],
      ['missing', (path: string) => renameSync(path, `${path}.away`)],
    ] as const) {
      const { files, run } = parts(`${kind}-${name}`);
      damage(`${files[1]!.path}.002`);
      expect(run[kind]().code).not.toBe(0);
      expect(existsSync(files[0]!.path)).toBe(true);
      expect(existsSync(files[1]!.path)).toBe(false);
    }
  });
});
