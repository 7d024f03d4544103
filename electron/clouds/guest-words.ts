/** What an image's facts say of its guest, put as clouds ask for it; each answer with its reason. */
import type { MetadataProposal } from '#shared/domain/preparation.ts';
import type { DiskLayout, PreflightFacts } from '#shared/domain/preflight.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

export interface Answer<T extends string> {
  readonly value: T;
  readonly reason: Message;
}

/** Of the disk that starts; null where nobody could look. */
export const layoutOf = (facts: PreflightFacts): DiskLayout | null => facts.disks[0]?.layout ?? null;

/** The firmware that the machine needs: what the package says, else the only one that finds something to start. */
export function firmwareOf(facts: PreflightFacts): Answer<'bios' | 'uefi'> | null {
  const stated = facts.machine?.firmware ?? null;
  if (stated === 'efi' || stated === 'bios') {
    return {
      value: stated === 'efi' ? 'uefi' : 'bios',
      reason: inEnglish('The package says that the firmware is {stated}.', { stated: stated.toUpperCase() }),
    };
  }
  const boot = layoutOf(facts)?.boot;
  if (boot === undefined) return null;
  if (boot.uefi === true && !boot.bios)
    return {
      value: 'uefi',
      reason: inEnglish('The disk has a loader for UEFI, and nothing that BIOS starts.'),
    };
  if (boot.bios && boot.uefi === false)
    return { value: 'bios', reason: inEnglish('The disk has boot code for BIOS, and no loader for UEFI.') };
  return null;
}

export function architectureOf(facts: PreflightFacts): Answer<string> | null {
  const [value, ...others] = layoutOf(facts)?.architectures ?? [];
  if (value === undefined || others.length > 0) return null;
  return { value, reason: inEnglish('What is on the disk was built for {value}.', { value }) };
}

export function systemOf(facts: PreflightFacts): Answer<'linux' | 'windows'> | null {
  const found = layoutOf(facts)?.system ?? null;
  if (found !== null)
    return {
      value: found,
      reason:
        found === 'linux'
          ? inEnglish('There is a Linux root on the disk.')
          : inEnglish('There is an NTFS volume on the disk.'),
    };
  const stated = facts.machine?.system ?? '';
  if (/windows/i.test(stated))
    return { value: 'windows', reason: inEnglish('The package calls the system “{stated}”.', { stated }) };
  if (/linux|ubuntu|debian|centos|rhel|red hat|fedora|suse|rocky|alma|photon|coreos/i.test(stated))
    return { value: 'linux', reason: inEnglish('The package calls the system “{stated}”.', { stated }) };
  return null;
}

/** The distribution as os-release has it. */
export function distributionOf(
  facts: PreflightFacts,
): (Answer<string> & { readonly version: string | null }) | null {
  const found = layoutOf(facts)?.distribution ?? null;
  return found === null
    ? null
    : { value: found.id, version: found.version, reason: inEnglish('The guest says so in /etc/os-release.') };
}

/** An answer under a field's name, in the cloud's words; nothing where there is none. */
export function proposal<T extends string>(
  name: string,
  answer: Answer<T> | null,
  words: Readonly<Partial<Record<T, string>>> | ((value: T) => string | undefined) = (value) => value,
): readonly MetadataProposal[] {
  if (answer === null) return [];
  const value = typeof words === 'function' ? words(answer.value) : words[answer.value];
  return value === undefined ? [] : [{ name, value, reason: answer.reason }];
}
