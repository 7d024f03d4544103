/** OpenStack: what Glance takes in, and what Nova can start. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import type { Rule, Subject, Violation } from '../cloud.ts';
import { starts, takesFormats, takesWrappers } from '../conditions.ts';
import { diskFormatOf, glanceRefusal, type GlanceRefusal } from './glance.ts';

const formats: RuleSource = {
  title: 'OpenStack Glance, glance/common/config.py: disk_formats',
  readOn: '2026-11-28',
};
const upload: RuleSource = {
  title: 'OpenStack Glance 30 (2025.1), glance/location.py',
  readOn: '2026-11-28',
};
const inspector: RuleSource = {
  title: 'oslo.utils 8.2, imageutils/format_inspector.py',
  readOn: '2026-11-28',
};
const conversion: RuleSource = {
  title: 'OpenStack Glance, glance/async_/flows/plugins/image_conversion.py',
  readOn: '2026-11-28',
};
const imageGuide: RuleSource = {
  title: 'OpenStack Virtual Machine Image Guide, introduction',
  readOn: '2026-11-28',
};
const properties: RuleSource = {
  title: 'OpenStack Glance, useful image properties: hw_firmware_type',
  readOn: '2026-11-28',
};

const toQcow2 = inEnglish('Convert it to qcow2');

/** Glance looks at the file as it is: not into compressed ones, and not into packages. */
function refusal({ disk, file }: Subject): GlanceRefusal | null {
  if (disk.wrapper !== null || file.kind === 'package') return null;
  return glanceRefusal(disk.inspection, diskFormatOf(disk));
}

const isOptical = (found: readonly string[], { disk }: Subject): boolean =>
  disk.kind === 'optical' && found.every((format) => format === 'iso' || format === 'gpt');

function mismatch(subject: Subject): Violation | null {
  const found = refusal(subject);
  if (found?.kind === 'mismatch') {
    // The inspector looks at the front of a file, where only dynamic VHDs say what they are.
    const { claimed } = found;
    const message =
      claimed === 'vhd'
        ? inEnglish(
            'A fixed VHD has its mark at its end only: Glance takes it for {found}, and refuses it as {claimed}.',
            { found: found.found, claimed },
          )
        : inEnglish(
            'Its content is not what its format says: Glance takes it for {found}, and refuses it as {claimed}.',
            { found: found.found, claimed },
          );
    return { message, fix: toQcow2 };
  }
  if (found?.kind === 'truncated') {
    return {
      message: inEnglish('Glance refuses it: the file ends before all that a {found} file needs.', {
        found: found.found,
      }),
    };
  }
  if (found?.kind === 'unsized') {
    return {
      message: inEnglish('Glance refuses it, for it cannot tell its virtual size: {reason}.', {
        reason: asValue(found.reason),
      }),
      fix: toQcow2,
    };
  }
  if (found?.kind !== 'several' || isOptical(found.found, subject)) return null;
  return {
    message: inEnglish('Glance refuses it: the file bears the marks of {found} at once.', {
      found: { allOf: found.found },
    }),
    fix: toQcow2,
  };
}

function unsafe(subject: Subject): Violation | null {
  const found = refusal(subject);
  if (found?.kind !== 'unsafe' || found.checks.includes('mbr')) return null;
  return {
    message: inEnglish('Glance refuses it as unsafe: {reason}.', { reason: asValue(found.reason) }),
    fix: toQcow2,
  };
}

function bootRecord(subject: Subject): Violation | null {
  const found = refusal(subject);
  if (found?.kind !== 'unsafe' || !found.checks.includes('mbr')) return null;
  return {
    message: inEnglish(
      'Newer releases of Glance refuse it, older ones only log it: {reason}. Inside a qcow2 file nobody looks at it.',
      { reason: asValue(found.reason) },
    ),
    fix: toQcow2,
  };
}

function hybridMedium(subject: Subject): Violation | null {
  const found = refusal(subject);
  if (found?.kind !== 'several' || !isOptical(found.found, subject)) return null;
  return {
    message: inEnglish(
      'The medium is a disk at the same time (isohybrid): Glance 30 (2025.1) refuses such a file for being two things; newer releases take it as iso.',
    ),
  };
}

export const rules: readonly Rule[] = [
  {
    id: 'openstack.format',
    severity: 'stop',
    source: formats,
    check: takesFormats(
      'Glance',
      ['qcow2', 'raw', 'vmdk', 'vdi', 'vhd', 'vhdx', 'iso'].map((format) => ({ format })),
      toQcow2,
    ),
  },
  {
    id: 'openstack.compression',
    severity: 'stop',
    source: formats,
    check: takesWrappers('Glance', [], toQcow2),
  },
  { id: 'openstack.format-match', severity: 'stop', source: upload, check: mismatch },
  { id: 'openstack.safety', severity: 'stop', source: inspector, check: unsafe },
  { id: 'openstack.boot-record', severity: 'warning', source: inspector, check: bootRecord },
  { id: 'openstack.hybrid-medium', severity: 'warning', source: upload, check: hybridMedium },
  {
    id: 'openstack.vdi',
    severity: 'warning',
    source: imageGuide,
    check: ({ disk: { format } }) =>
      format === 'vdi'
        ? {
            message: inEnglish('Glance stores VDI files, but no hypervisor of OpenStack starts them.'),
            fix: toQcow2,
          }
        : null,
  },
  {
    id: 'openstack.vhd-conversion',
    severity: 'hint',
    source: conversion,
    check: ({ disk: { format } }) =>
      format === 'vhd'
        ? {
            message:
              'A cloud that converts images as it imports them fails at VHD: it asks QEMU for a format of that name, which QEMU calls vpc.',
          }
        : null,
  },
  {
    id: 'openstack.firmware',
    severity: 'warning',
    source: properties,
    check: starts(inEnglish('Nova starts disks by BIOS, or by UEFI with hw_firmware_type=uefi.')),
  },
  {
    id: 'openstack.uefi-property',
    severity: 'hint',
    source: properties,
    check: ({ disk: { layout } }) =>
      layout !== null && layout.boot.uefi === true && !layout.boot.bios
        ? { message: inEnglish('It starts by UEFI only: set the property hw_firmware_type=uefi.') }
        : null,
  },
];
